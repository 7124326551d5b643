"""Checks that the tests of `paused` share."""

from __future__ import annotations

import sys

import libanchor
from sandbox import Sandbox

#: The beginning of the message if the block ran and the recording was not resumed.
NOT_RESUMED = (
    'the block ran, and the recording of session "demo" may still be paused; '
    'resume it with client.recordings.resume_recording("demo"): '
)
#: The same if no message of the library names the session.
NOT_RESUMED_UNNAMED = (
    "the block ran, and the recording may still be paused; resume it with client.recordings.resume_recording: "
)
#: The same if the session has ended, so that resuming cannot help.
SESSION_ENDED = 'the block ran, and the recording of session "demo" was not resumed: '


def check_over(server: Sandbox, begun: int = 1) -> None:
    """Asserts that each block has sent a pause, and that there was one resume."""
    assert server.verbs("demo") == ["pause"] * begun + ["resume"]
    assert server.recording("demo") == "recording"


def check_not_resumed(error: libanchor.NotResumedError, cause: type[libanchor.AnchorbrowserError]) -> None:
    """Asserts that the error has a cause of this class, and its attributes."""
    reason = error.__cause__
    assert type(reason) is cause
    assert error.session_id == "demo"
    assert error.message == str(error)
    beginning = NOT_RESUMED if 'session "demo"' in reason.message else NOT_RESUMED_UNNAMED
    if cause is libanchor.NotFoundError:
        beginning = SESSION_ENDED
    assert error.message.replace("await ", "") == beginning + reason.message
    assert not isinstance(error, libanchor.APIError)
    for name in ("status", "status_code", "body", "request_id", "attempts", "retry_after"):
        assert getattr(error, name) == getattr(reason, name)


def notes(error: BaseException) -> list[str]:
    """The notes on an exception. In Python 3.10, the `NotResumedError` in place of a note."""
    if sys.version_info >= (3, 11):
        return list(getattr(error, "__notes__", []))
    first = error
    while first.__context__ is not None:
        first = first.__context__
    return [f"libanchor: {first}"] if isinstance(first, libanchor.NotResumedError) else []


def note(error: BaseException) -> str:
    """The only note on an exception."""
    (only,) = notes(error)
    return only
