"""`client.recordings` of the blocking client."""

from __future__ import annotations

from ._exceptions import APIError
from ._native import arguments
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

    from ._base_client import BaseClient
    from ._binary_response import BinaryAPIResponse
    from ._native.callbacks import Progress
    from ._outcome import Outcome
    from ._recording_list import RecordingListResponse


class RecordingsResource:
    """The recordings of browser sessions.

        client.recordings.pause_recording("session-id")

    Every call blocks until the answer or the timeout, retries included. Other threads run
    meanwhile. An exception that a signal handler raises in the main thread, such as
    KeyboardInterrupt after Ctrl-C, ends the call at once and is raised by it. The request may have
    taken effect. All methods take:

        session_id: The session: 1 to 256 bytes of UTF-8 without control characters, "/", "\\" and
            "%", and not "." or "..". The id of a recording follows the same rules.
        timeout: The longest that this call may take, in seconds, up to a day. None: the client's
            timeout.
        max_retries: How often a failed request of this call is retried. None: the client's number.

    Raises:
        InvalidArgumentError: An argument is unusable. It is a ValueError. Nothing was sent.
        TypeError: An argument has the wrong type. Nothing was sent.
        ClientClosedError: The client is closed. Nothing was sent.
        APIStatusError: The API refused. There is a subclass for each HTTP status.
        APITimeoutError: The timeout was reached. The request may have taken effect.
        APIConnectionError: No connection could be made, or it was lost. `sent` says whether anything
            was sent.
        APIResponseValidationError: The answer did not confirm the operation.
        ResourceExhaustedError: The process ran out of file descriptors, threads, memory or disk
            space.
        InternalError: A fault inside the library.
    """

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<libanchor.{type(self).__name__} of {self._client!r}>"

    def pause_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsPauseRecordingResponse:
        """Pauses the recording of a session. Returns once the API has confirmed it.

            client.recordings.pause_recording("session-id")

        Pausing a paused recording succeeds, so the call may be repeated after an unknown outcome.
        """
        return pause_response(self._session_call("anchor_pause_recording", session_id, timeout, max_retries))

    def resume_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsResumeRecordingResponse:
        """Resumes the recording of a session. Returns once the API has confirmed it.

            client.recordings.resume_recording("session-id")

        Resuming a running recording succeeds, so the call may be repeated after an unknown outcome.
        It resumes the recording even if a `paused` block is running.
        """
        return resume_response(self._session_call("anchor_resume_recording", session_id, timeout, max_retries))

    def paused(self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None) -> Paused:
        """Pauses the recording while a `with` block runs, and resumes it afterwards.

            with client.recordings.paused("session-id"):
                ...  # Type the secret.

        The recording is resumed however the block ends.

        If pausing fails, its exception is raised and the block does not run. If the block ran and
        resuming fails, `NotResumedError` is raised: the recording may still be paused, and
        `resume_recording` tries again. If the block raised too, its own exception continues, with a
        note that says the same (Python 3.10: at the beginning of its `__context__`).

        After Ctrl-C during pausing the block does not run. The request may have taken effect, so
        the recording is paused once more and resumed, each within 5 seconds. A second Ctrl-C stops
        that, and Ctrl-C during resuming stops the resume. Unless the recording is known to be
        running, the KeyboardInterrupt has a note that says so.

        Blocks for one session may be nested, and may overlap in threads that share the client. Each
        block pauses when it begins, so that none runs before the API has confirmed a pause for it.
        The last one that ends resumes. The settings apply to pausing and to resuming separately.

        One thing cannot be prevented: while a block runs, another process or a person may resume.
        Only the next block pauses again.

        Only the actions of the block itself are unrecorded:

        - Threads, tasks and callbacks that the block starts and does not wait for may still be
          working when recording resumes.
        - A generator that is suspended in the block keeps the recording paused until the generator
          is finished, closed or garbage-collected.
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
        """Lists the recordings of a session.

            for item in client.recordings.list_recordings("session-id"):
                print(item.id, item.size)

        Raises:
            APIResponseValidationError: Also if the answer is nested too deeply for Python.
        """
        from ._recording_list import list_response

        outcome = self._session_call("anchor_list_recordings", session_id, timeout, max_retries)
        return list_response(outcome)

    def delete_recording(
        self, session_id: str, recording_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsDeleteRecordingResponse:
        """Deletes one recording of a session: an `id` from the list, or "primary".

            client.recordings.delete_recording("session-id", "primary")

        A deletion that may have happened is not retried. After an APITimeoutError, or an
        APIConnectionError whose `sent` is None, `list_recordings` shows whether the recording still
        exists.
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

            client.recordings.download_recording("session-id", "video.mp4", timeout=3600)

        A download is all or nothing: the file appears, or is replaced, once the video is complete.
        Until then the bytes are in a part file in the same folder, whose name ends in ".part". An
        interrupted download resumes from the part file if the server permits. After a failure the
        part file is kept for the next call with the same session and file, unless that call could
        not resume from it.

        "/dev/stdout", "/dev/fd/N" and a FIFO get the video as it arrives. What was written cannot be
        taken back: if the download cannot continue where it stopped, the exception says how many
        bytes were written.

        Args:
            session_id: As in the other calls.
            file: The path of the video.
            progress: A function of the number of bytes received and of their total, which is None
                before the answer or if unknown. It is called on this thread at least every 50
                milliseconds, so it may get the same numbers again. An exception that it raises ends
                the call and is raised by it.
            timeout: Applies to the whole download. None: the client's timeout, which is 30 seconds
                unless it was set, and too short for a long video.
            max_retries: As in the other calls.

        Raises:
            InvalidArgumentError: Also if the file cannot be written, is a folder, a device or
                another user's in a shared folder, or is being written by another download of the
                same session. Nothing was sent.
            ResourceExhaustedError: Also if the disk is full, or if the file cannot be written after
                the request was sent.
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
        """Downloads the primary recording of a session to an unnamed file, to be read or copied.

            with client.recordings.fetch_primary_recording("session-id", timeout=3600) as response:
                response.write_to_file("video.mp4")

        The file is in `tempfile.gettempdir()`, which needs the disk space; memory stays constant.
        After a failure nothing is kept. The arguments and the exceptions are those of
        `download_recording`.
        """
        import tempfile
        from pathlib import Path

        from ._binary_response import BinaryAPIResponse

        session = arguments.identifier("session_id", session_id)
        settings = self._client._settings.replaced(timeout, max_retries)
        # The file loses its name when the folder is deleted.
        with tempfile.TemporaryDirectory(prefix="libanchor-", ignore_cleanup_errors=True) as folder:
            file = Path(folder, "recording.mp4")
            given = session, arguments.path("file", file)
            try:
                outcome = self._client._run("anchor_download_recording", given, settings, progress=progress)
            except APIError as error:
                remove_part_file_note(error)
                raise
            return BinaryAPIResponse(file, outcome)

    def _session_call(self, function: str, session_id: str, timeout: float | None, max_retries: int | None) -> Outcome:
        session = arguments.identifier("session_id", session_id)
        return self._client._run(function, (session,), self._client._settings.replaced(timeout, max_retries))


def remove_part_file_note(error: APIError) -> None:
    """Removes what the message says about the part file, which is deleted with its folder."""
    import re

    error.message = re.sub(r"; (\d+ bytes are|the whole video is) kept.*", "", error.message)
    error.args = (error.message,)
