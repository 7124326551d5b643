"""`client.recordings`."""

from __future__ import annotations

from . import _arguments as arguments
from ._exceptions import APIError
from ._paused import Paused
from ._responses import (
    RecordingsDeleteRecordingResponse,
    RecordingsDownloadRecordingResponse,
    RecordingsPauseRecordingResponse,
    RecordingsResumeRecordingResponse,
    delete_response,
    download_response,
    pause_response,
    resume_response,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from ._binary_response import BinaryAPIResponse
    from ._callbacks import Progress
    from ._client import Anchorbrowser
    from ._outcome import Outcome
    from ._recording_list import RecordingListResponse


class RecordingsResource:
    """The recordings of browser sessions.

    Every call blocks until the answer or the timeout, retries included; other threads run meanwhile. What the handler
    of a signal raises ends the main thread's call at once and comes out of it, as KeyboardInterrupt does after Ctrl-C;
    what was asked may have happened or not. All take:

        session_id: The session: 1 to 256 bytes of UTF-8 without control characters, "/", "\\" and
            "%", and not "." or "..". A recording's id follows the same rules.
        timeout: The longest that this call may take, in seconds, up to a day. None: the client's timeout.
        max_retries: How often a failed request of this call is repeated. None: the client's number.

    Raises:
        InvalidArgumentError: An argument is unusable; a ValueError. Nothing was sent.
        TypeError: An argument is of another type. Nothing was sent.
        ClientClosedError: The client is closed. Nothing was sent.
        APIStatusError: The API refused; its subclasses tell the HTTP status.
        APITimeoutError: The time was up; what was asked may have happened or not.
        APIConnectionError: No connection, or it was lost; `message` says whether anything was sent.
        APIResponseValidationError: The answer did not confirm that it was done.
        ResourceExhaustedError: The process ran out of file descriptors, threads, memory or disk space.
        InternalError: A fault inside the library.
    """

    def __init__(self, client: Anchorbrowser) -> None:
        self._client = client

    def pause_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsPauseRecordingResponse:
        """Pauses the video recording of a session. Returns only when the API itself said that it paused.

        Pausing what is paused already succeeds, so the call may be repeated after an unknown outcome.
        """
        return pause_response(self._of_session("anchor_pause_recording", session_id, timeout, max_retries))

    def resume_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsResumeRecordingResponse:
        """Resumes the video recording of a session. Returns only when the API itself said that it goes on.

        Resuming what is being recorded succeeds, so the call may be repeated after an unknown outcome. It resumes
        whether or not a `paused` block is running.
        """
        return resume_response(self._of_session("anchor_resume_recording", session_id, timeout, max_retries))

    def paused(self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None) -> Paused:
        """Pauses the recording while a `with` block runs, and resumes it however the block ends.

            with client.recordings.paused("session-id"):
                ...  # Type the secret.

        If pausing fails, its exception is raised and the block does not run. If the block ran and
        resuming fails, `NotResumedError` is raised: the recording may still be paused, and
        `resume_recording` tries again. If the block raised too, its own exception goes on, with a
        note that says the same (Python 3.10: at the beginning of its `__context__`).

        After Ctrl-C during pausing the block does not run. As the request may have taken effect,
        the recording is paused once more and resumed, each within 5 seconds. A second Ctrl-C ends
        that, and Ctrl-C during resuming ends it. If the recording is not known to go on,
        KeyboardInterrupt has a note that says so.

        Blocks for one session may be nested, and may overlap in threads that share the client. Each
        block pauses when it begins, so that none runs before the API confirmed a pause for it. The
        last one that ends resumes. The settings count for pausing and for resuming, each.

        What cannot be promised: while a block runs, another process or a person may resume. Only
        the next block pauses again.

        Only what the block itself does is unrecorded:

        - Threads, tasks and callbacks that the block starts and does not wait for may still work
          when it is recorded again.
        - A generator that is suspended in the block keeps the recording paused until the generator
          is finished, closed or forgotten.
        - A program that ends without leaving the block, by `os._exit`, `os.abort`, `os.exec*` or a
          signal such as SIGTERM, leaves the recording paused. So does a daemon thread that is in a
          block when the interpreter ends. `sys.exit` leaves the block, and resumes.

        Raises:
            NotResumedError: The block ran, and the recording may still be paused.
            InvalidArgumentError: Also if a forked child leaves a block of its parent.
        """
        session = arguments.identifier("session_id", session_id)
        return Paused(self._client, session, self._client._settings.replaced(timeout, max_retries))

    def list_recordings(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingListResponse:
        """Lists the video recordings of a session.

        Raises:
            APIResponseValidationError: Also if the answer is nested too deeply for Python.
        """
        from ._recording_list import list_response

        outcome = self._of_session("anchor_list_recordings", session_id, timeout, max_retries)
        return list_response(outcome, session_id)

    def delete_recording(
        self, session_id: str, recording_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsDeleteRecordingResponse:
        """Deletes one recording of a session: an `id` from the list, or "primary".

        A deletion that may have happened is not repeated. After APITimeoutError, or an
        APIConnectionError that does not say that nothing was sent, `list_recordings` tells whether
        the recording is still there.
        """
        ids = arguments.identifier("session_id", session_id), arguments.identifier("recording_id", recording_id)
        settings = self._client._settings.replaced(timeout, max_retries)
        return delete_response(self._client._run("anchor_delete_recording", ids, settings))

    def download_recording(
        self,
        session_id: str,
        file: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> RecordingsDownloadRecordingResponse:
        """Downloads the primary recording of a session to a file, in constant memory.

        The file appears, or is replaced, when the video is whole; until then it grows beside it, under the same name
        with more behind it and ".part". A download that is cut off goes on where it ended if the server permits. What
        has come is kept for the next call with the same session and file, unless that cannot go on from it.

        Args:
            session_id: As for the other calls.
            file: Where the video goes.
            progress: Is called with the number of bytes that have come and their total, None if that is not known, at
                least every 50 milliseconds and in this thread. What it raises ends the call and comes out of it.
            timeout: Counts for the whole download: a long video needs a longer one.
            max_retries: As for the other calls.

        Raises:
            InvalidArgumentError: Also if the file cannot be written, is no regular file, or is being written by another
                download.
            ResourceExhaustedError: Also if the disk is full; what had come is removed.
        """
        given = arguments.identifier("session_id", session_id), arguments.path("file", file)
        settings = self._client._settings.replaced(timeout, max_retries)
        return download_response(self._client._run("anchor_download_recording", given, settings, progress=progress))

    def fetch_primary_recording(
        self,
        session_id: str,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> BinaryAPIResponse:
        """Downloads the primary recording of a session to a file without a name, which can be read and copied.

        It is in `tempfile.gettempdir()`, which needs room for it; memory stays constant. Nothing is kept of what did
        not come whole. The arguments are those of `download_recording`, and so are the exceptions.
        """
        import tempfile
        from pathlib import Path

        from ._binary_response import BinaryAPIResponse

        session = arguments.identifier("session_id", session_id)
        settings = self._client._settings.replaced(timeout, max_retries)
        # The library gives it a name, which goes with the folder.
        with tempfile.TemporaryDirectory(prefix="libanchor-") as folder:
            file = Path(folder, "recording.mp4")
            given = session, arguments.path("file", file)
            try:
                outcome = self._client._run("anchor_download_recording", given, settings, progress=progress)
            except APIError as error:
                nothing_is_kept(error)
                raise
            return BinaryAPIResponse(file, outcome)

    def _of_session(self, function: str, session_id: str, timeout: float | None, max_retries: int | None) -> Outcome:
        session = arguments.identifier("session_id", session_id)
        return self._client._run(function, (session,), self._client._settings.replaced(timeout, max_retries))


def nothing_is_kept(error: APIError) -> None:
    """Takes out of the message what the library says of the part, which goes with its folder."""
    import re

    error.message = re.sub(r"; \d+ bytes are kept.*", "", error.message)
    error.args = (error.message,)
