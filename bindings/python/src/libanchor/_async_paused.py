"""A recording that is paused while a block of a coroutine runs."""

from __future__ import annotations

import asyncio

from . import _status
from ._exceptions import AnchorbrowserError, ResourceExhaustedError
from ._paused import UNDOING_MS, Paused, attach
from ._queue import settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._async_client import AsyncAnchorbrowser
    from ._queue import Call
    from ._settings import Settings


class AsyncPaused:
    """What `client.recordings.paused` gives to `async with`."""

    def __init__(self, client: AsyncAnchorbrowser, session: bytes, settings: Settings) -> None:
        self._client = client
        self._session = session
        self._settings = settings
        #: For what cannot be awaited.
        self._blocking = Paused(client, session, settings)

    async def __aenter__(self) -> None:
        call = self._begin("anchor_pause_begin", self._settings)
        try:
            await asyncio.wait([call.future])
            call.outcome()
        except BaseException as reason:
            # The block will not run, and nobody else would resume.
            await self._take_back(call, reason)
            raise
        finally:
            call.free()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end(exc, self._settings)

    async def _take_back(self, call: Call, reason: BaseException) -> None:
        """After a pausing that failed, was cancelled, or whose log let something out."""
        hasty = self._settings.at_most(UNDOING_MS)
        if isinstance(reason, GeneratorExit) and not call.future.done():
            call.cancel()
            self._blocking._undo(reason, hasty)
            return
        if not call.future.done():
            call.cancel()
            await settled(call)
        if call.status == _status.OK:
            await self._end(reason, self._settings)
        elif call.status == _status.CANCELLED:
            await self._undo(reason, hasty)

    async def _undo(self, reason: BaseException, settings: Settings) -> None:
        """Resumes what a cancelled call may have paused, by a hold of its own, as `Paused` does."""
        try:
            failure, _ = await _ended(self._begin("anchor_pause_begin", settings))
        except AnchorbrowserError as refusal:
            failure = refusal
        if failure is None:
            await self._end(reason, settings)
        else:
            attach(reason, "the recording may be paused", failure)

    async def _end(self, body: BaseException | None, settings: Settings) -> None:
        """Ends the hold, also if the task is cancelled meanwhile: that is told afterwards.

        A failure is raised, but does not take the place of what the body raised.
        """
        if isinstance(body, GeneratorExit):
            # A coroutine that is thrown away cannot await.
            self._blocking._end(body, settings.at_most(UNDOING_MS))
            return
        cancelled = None
        failure: AnchorbrowserError | None
        try:
            failure, cancelled = await _ended(self._begin("anchor_pause_end", settings))
        except ResourceExhaustedError:
            # The hold must end all the same, though the loop waits.
            self._blocking._end(body, settings)
            return
        except AnchorbrowserError as refusal:
            failure = refusal
        if isinstance(body, asyncio.CancelledError):
            cancelled = None
        going_on = cancelled or body
        if failure is not None:
            if going_on is None:
                raise failure
            attach(going_on, "the recording was not resumed", failure)
        if cancelled is not None:
            raise cancelled

    def _begin(self, function: str, settings: Settings) -> Call:
        return self._client._begin(function, (self._session,), settings)


async def _ended(call: Call) -> tuple[AnchorbrowserError | None, asyncio.CancelledError | None]:
    """Waits for the end of a call, come what may: how it failed, and whether the task was cancelled meanwhile."""
    try:
        cancelled = await settled(call)
        try:
            call.outcome()
        except AnchorbrowserError as failure:
            return failure, cancelled
        return None, cancelled
    finally:
        call.free()
