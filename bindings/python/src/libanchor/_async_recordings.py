"""`client.recordings` of the asyncio client."""

from __future__ import annotations

import asyncio

from . import _status
from ._async_binary_response import AsyncBinaryAPIResponse, AsyncFetch
from ._async_paused import AsyncPaused
from ._binary_response import BinaryAPIResponse
from ._exceptions import APIError
from ._native import arguments
from ._native.queue import wait_until_complete
from ._recording_list import RecordingListResponse, list_response
from ._recordings import remove_part_file_note
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

    from ._async_base_client import AsyncBaseClient
    from ._native.callbacks import Progress
    from ._native.settings import Settings
    from ._outcome import Outcome
_PROGRESS_SECONDS = 0.05


class AsyncRecordingsResource:
    """The recordings of browser sessions.

        await client.recordings.pause_recording("session-id")

    The methods, arguments and exceptions are those of `RecordingsResource`. Each call waits for the
    answer or the timeout while other tasks run. Cancelling the task cancels the call, whose request
    may have taken effect.
    """

    def __init__(self, client: AsyncBaseClient) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<libanchor.{type(self).__name__} of {self._client!r}>"

    async def pause_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsPauseRecordingResponse:
        """Pauses the recording of a session. Returns once the API has confirmed it.

            await client.recordings.pause_recording("session-id")

        Pausing a paused recording succeeds, so the call may be repeated after an unknown outcome.
        """
        return pause_response(await self._session_call("anchor_pause_recording", session_id, timeout, max_retries))

    async def resume_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsResumeRecordingResponse:
        """Resumes the recording of a session. Returns once the API has confirmed it.

            await client.recordings.resume_recording("session-id")

        Resuming a running recording succeeds, so the call may be repeated after an unknown outcome.
        It resumes the recording even if a `paused` block is running.
        """
        return resume_response(await self._session_call("anchor_resume_recording", session_id, timeout, max_retries))

    def paused(self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None) -> AsyncPaused:
        """Pauses the recording while an `async with` block runs, and resumes it afterwards.

            async with client.recordings.paused("session-id"):
                ...  # Type the secret.

        The recording is resumed however the block ends.

        Failures are reported as in `RecordingsResource.paused`: `NotResumedError` is raised if the
        block ran and resuming failed. Blocks are counted as there: tasks, threads and loops that
        share the client may nest them and overlap. The limits that are listed there apply here too.

        Only the actions of the block itself are unrecorded: a task that it starts and does not
        await may still be working when recording resumes. An asynchronous generator that is
        suspended in the block keeps the recording paused until it is finished or closed (`aclose`).

        A task that is cancelled in the block resumes the recording. Cancelling it again does not
        cut that short, and is raised afterwards. A task that is cancelled during pausing does not
        run the block. The request may have taken effect, so the recording is paused once more and
        resumed, each within 5 seconds. Unless the recording is known to be running, the
        `CancelledError` has a note that says so. A coroutine that is closed, not cancelled, cannot
        await the resume: its thread blocks, at most 5 seconds for each call.
        """
        session = arguments.identifier("session_id", session_id)
        return AsyncPaused(self._client, session, self._client._settings.replaced(timeout, max_retries))

    async def list_recordings(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingListResponse:
        """Lists the recordings of a session.

            for item in await client.recordings.list_recordings("session-id"):
                print(item.id, item.size)

        Raises:
            APIResponseValidationError: Also if the answer is nested too deeply for Python.
        """
        outcome = await self._session_call("anchor_list_recordings", session_id, timeout, max_retries)
        return list_response(outcome)

    async def delete_recording(
        self, session_id: str, recording_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsDeleteRecordingResponse:
        """Deletes one recording of a session: an `id` from the list, or "primary".

            await client.recordings.delete_recording("session-id", "primary")

        A deletion that may have happened is not retried: after a timeout, a lost connection or a
        cancellation, the recording may or may not exist.
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

            await client.recordings.download_recording("session-id", "video.mp4", timeout=3600)

        It works like `RecordingsResource.download_recording`, except that `progress`, a plain
        function, is called on the loop every 50 milliseconds, and once more when the file is
        complete.
        """
        given = arguments.identifier("session_id", session_id), arguments.path("file", file)
        return download_response(await self._download(given, progress, timeout, max_retries))

    def fetch_primary_recording(
        self,
        session_id: str,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> AsyncFetch:
        """Downloads the primary recording of a session to an unnamed file, to be read or copied.

            async with client.recordings.fetch_primary_recording("session-id", timeout=3600) as response:
                await response.write_to_file("video.mp4")

        It works like `RecordingsResource.fetch_primary_recording`. It may be awaited too: the response
        then has to be closed, by `await response.close()` or by `async with response`.
        """
        return AsyncFetch(self._fetch(session_id, progress, timeout, max_retries))

    async def _fetch(
        self, session_id: str, progress: Progress | None, timeout: float | None, max_retries: int | None
    ) -> AsyncBinaryAPIResponse:
        import tempfile
        from pathlib import Path

        session = arguments.identifier("session_id", session_id)
        with tempfile.TemporaryDirectory(prefix="libanchor-", ignore_cleanup_errors=True) as folder:
            file = Path(folder, "recording.mp4")
            try:
                outcome = await self._download((session, arguments.path("file", file)), progress, timeout, max_retries)
            except APIError as error:
                remove_part_file_note(error)
                raise
            return AsyncBinaryAPIResponse(BinaryAPIResponse(file, outcome))

    def _session_call(
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
                # A call that is still running has the status OK too.
                if progress is not None and call.status == _status.OK:
                    done, total = call.transferred()
                    progress(done, total or None)
            return call.outcome()
        except GeneratorExit:
            raise
        except BaseException:
            # Once the call is complete, nothing writes to the file.
            call.cancel()
            await wait_until_complete(call)
            raise
        finally:
            call.free()
