"""`client.recordings` of the client whose calls are awaited."""

from __future__ import annotations

import asyncio

from . import _arguments as arguments
from ._async_binary_response import AsyncBinaryAPIResponse
from ._async_paused import AsyncPaused
from ._binary_response import BinaryAPIResponse
from ._exceptions import APIError
from ._queue import settled
from ._recording_list import RecordingListResponse, list_response
from ._recordings import nothing_is_kept
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
    from collections.abc import Coroutine
    from typing import Any

    from ._async_client import AsyncAnchorbrowser
    from ._callbacks import Progress
    from ._outcome import Outcome
    from ._settings import Settings
_PROGRESS_SECONDS = 0.05


class AsyncRecordingsResource:
    """The recordings of browser sessions.

    The methods, arguments and exceptions are those of `RecordingsResource`. Each waits for the answer or the timeout
    while other tasks run. Cancelling the task cancels the call; what was asked may have happened or not.
    """

    def __init__(self, client: AsyncAnchorbrowser) -> None:
        self._client = client

    async def pause_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsPauseRecordingResponse:
        """Pauses the video recording of a session. Returns only when the API itself said that it paused.

        Pausing what is paused already succeeds, so the call may be repeated after an unknown outcome.
        """
        return pause_response(await self._of_session("anchor_pause_recording", session_id, timeout, max_retries))

    async def resume_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsResumeRecordingResponse:
        """Resumes the video recording of a session. Returns only when the API itself said that it goes on."""
        return resume_response(await self._of_session("anchor_resume_recording", session_id, timeout, max_retries))

    def paused(self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None) -> AsyncPaused:
        """Pauses the recording while an `async with` block runs, and resumes it however the block ends.

            async with client.recordings.paused("session-id"):
                ...  # Type the secret.

        Failures are reported as by `RecordingsResource.paused`: `NotResumedError` if the block ran
        and resuming failed. Blocks are counted as there: tasks, threads and loops that share the
        client may nest them and overlap. What cannot be promised there cannot be promised here.

        Only what the block itself does is unrecorded: a task that it starts and does not await may
        still work when it is recorded again. An asynchronous generator that is suspended in the
        block keeps the recording paused until it is finished or closed (`aclose`).

        A task that is cancelled in the block resumes; further cancelling does not cut that short,
        and comes out when it is done. A task that is cancelled during pausing does not run the
        block. As the request may have taken effect, the recording is then paused once more and
        resumed, each within 5 seconds. If the recording is not known to go on, the
        `CancelledError` has a note that says so. A coroutine that is closed, not cancelled, cannot
        await the resume: then the thread waits, at most 5 seconds for each call.
        """
        session = arguments.identifier("session_id", session_id)
        return AsyncPaused(self._client, session, self._client._settings.replaced(timeout, max_retries))

    async def list_recordings(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingListResponse:
        """Lists the video recordings of a session."""
        outcome = await self._of_session("anchor_list_recordings", session_id, timeout, max_retries)
        return list_response(outcome, session_id)

    async def delete_recording(
        self, session_id: str, recording_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsDeleteRecordingResponse:
        """Deletes one recording of a session: an `id` from the list, or "primary".

        A deletion that may have happened is not repeated: after a timeout, a lost connection or
        cancelling, the recording may be there or not.
        """
        ids = arguments.identifier("session_id", session_id), arguments.identifier("recording_id", recording_id)
        settings = self._client._settings.replaced(timeout, max_retries)
        return delete_response(await self._client._call("anchor_delete_recording", ids, settings))

    async def download_recording(
        self,
        session_id: str,
        file: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> RecordingsDownloadRecordingResponse:
        """Downloads the primary recording of a session to a file, in constant memory.

        As `RecordingsResource.download_recording`, but `progress`, a function and no coroutine, is called on the loop
        every 50 milliseconds and once more at the end.
        """
        given = arguments.identifier("session_id", session_id), arguments.path("file", file)
        return download_response(await self._download(given, progress, timeout, max_retries))

    async def fetch_primary_recording(
        self,
        session_id: str,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> AsyncBinaryAPIResponse:
        """Downloads the primary recording of a session to a file without a name, which can be read and copied.

        As `RecordingsResource.fetch_primary_recording`.
        """
        import tempfile
        from pathlib import Path

        session = arguments.identifier("session_id", session_id)
        with tempfile.TemporaryDirectory(prefix="libanchor-", ignore_cleanup_errors=True) as folder:
            file = Path(folder, "recording.mp4")
            try:
                outcome = await self._download((session, arguments.path("file", file)), progress, timeout, max_retries)
            except APIError as error:
                nothing_is_kept(error)
                raise
            return AsyncBinaryAPIResponse(BinaryAPIResponse(file, outcome))

    def _of_session(
        self, function: str, session_id: str, timeout: float | None, max_retries: int | None
    ) -> Coroutine[Any, Any, Outcome]:
        session = arguments.identifier("session_id", session_id)
        return self._client._call(function, (session,), self._client._settings.replaced(timeout, max_retries))

    async def _download(
        self,
        given: tuple[bytes, bytes],
        progress: Progress | None,
        timeout: float | None,
        max_retries: int | None,
    ) -> Outcome:
        settings: Settings = self._client._settings.replaced(timeout, max_retries)
        call = self._client._begin("anchor_download_recording", given, settings)
        try:
            while not call.future.done():
                await asyncio.wait([call.future], timeout=progress and _PROGRESS_SECONDS)
                if progress is not None:
                    done, total = call.transferred()
                    progress(done, total or None)
            return call.outcome()
        except GeneratorExit:
            raise
        except BaseException:
            # When this is over, nothing writes to the file any more.
            call.cancel()
            await settled(call)
            raise
        finally:
            call.free()
