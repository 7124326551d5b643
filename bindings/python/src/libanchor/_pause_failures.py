"""What a `paused` block reports when the recording may be left paused.

If the block itself raised nothing, a `NotResumedError` is raised. Otherwise the exception of the
block (or the interrupt) continues, and the `NotResumedError` is attached to it as a note.
"""

from __future__ import annotations

import sys

from . import _status
from ._exceptions import AnchorbrowserError, NotFoundError, NotResumedError, ResourceExhaustedError
from ._json import quoted


def own_failure(reason: BaseException, returned: list[int]) -> AnchorbrowserError | None:
    """`reason` if it is the failure of the call. None if a signal or log handler raised it."""
    # There was no memory for the call object, or for reading the outcome.
    if isinstance(reason, ResourceExhaustedError):
        return reason
    if returned and isinstance(reason, AnchorbrowserError) and reason.status == returned[0] != _status.OK:
        return reason
    return None


def may_be_paused(status: int, reason: BaseException) -> bool:
    """Whether an interrupted pause may have taken effect."""
    if status in (_status.INVALID_ARGUMENT, _status.INVALID_HANDLE):
        return False
    return status == _status.CANCELLED or own_failure(reason, [status]) is None


def not_resumed(session: bytes, failed: AnchorbrowserError, resume_call: str, *, ran: bool) -> NotResumedError:
    """The exception for a recording that may be left paused, because of a failed resume.

    `resume_call` is the call that the message recommends, and `ran` says whether the block ran.
    """
    session_id = session.decode()
    name = quoted(session_id)
    # The library hides the API key, which an id may contain. Without a message of the library, such
    # as after an interrupt, nobody knows whether it does.
    of_session, call = "", resume_call
    if f"session {name}" in failed.message:
        of_session, call = f" of session {name}", f"{resume_call}({name})"
    state = f"may still be paused; resume it with {call}"
    if isinstance(failed, NotFoundError):
        state = "was not resumed"  # The session has ended, so that resuming cannot help.
    error = NotResumedError(
        f"the block {'ran' if ran else 'did not run'}, and the recording{of_session} {state}: {failed.message}",
        session_id=session_id,
        status=failed.status,
        status_code=failed.status_code,
        body=failed.body,
        request_id=failed.request_id,
        attempts=failed.attempts,
        retry_after=failed.retry_after,
    )
    error.__cause__ = failed
    return error


def attach(error: BaseException, failure: AnchorbrowserError) -> None:
    """Adds the failure to an exception that is being raised, as a note."""
    if sys.version_info >= (3, 11):
        error.add_note(f"libanchor: {failure}")
        return
    # Python 3.10 has no notes. Tracebacks show the exceptions in `__context__`, so the failure
    # becomes the first of them.
    failure.__context__ = None
    if failure.__cause__ is not None:
        failure.__cause__.__context__ = None
    first = error
    while first.__context__ is not None:
        first = first.__context__
    first.__context__ = failure
