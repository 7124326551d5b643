"""A recording that is paused while a block of a coroutine runs."""

from __future__ import annotations

import asyncio

from . import _status
from ._exceptions import AnchorbrowserError, ResourceExhaustedError
from ._paused import UNDOING_MS, Paused, attach, may_be_paused, own_failure
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
        self._hasty = settings.at_most(UNDOING_MS)
        #: For what cannot be awaited.
        self._blocking = Paused(client, session, settings, "await client.recordings.resume_recording")

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
        if isinstance(reason, GeneratorExit):
            self._take_back_at_once(call, reason)
            return
        if not call.future.done():
            call.cancel()
            try:
                await settled(call)
            except GeneratorExit as closing:
                self._take_back_at_once(call, closing)
                raise
        if call.status == _status.OK:
            await self._end(reason, self._settings, ran=False)
        elif may_be_paused(call.status, reason):
            await self._undo(reason)

    def _take_back_at_once(self, call: Call, reason: GeneratorExit) -> None:
        """For a coroutine that is thrown away while it pauses: it cannot await."""
        if call.end_at_once() == _status.OK:
            self._blocking._end(reason, self._hasty, ran=False)
        else:
            self._blocking._undo(reason, self._hasty)

    async def _undo(self, reason: BaseException) -> None:
        """Resumes what a cancelled call may have paused, by a hold of its own, as `Paused` does."""
        try:
            call = self._begin("anchor_pause_begin", self._hasty)
        except AnchorbrowserError as refusal:
            attach(reason, self._blocking._unresumed(refusal, ran=False))
            return
        try:
            await settled(call)
            failed, let_out = _come_to(call)
        except GeneratorExit as closing:
            self._take_back_at_once(call, closing)
            raise
        finally:
            call.free()
        going_on = let_out or reason
        if failed is None:
            await self._end(going_on, self._hasty, ran=False)
        else:
            attach(going_on, self._blocking._unresumed(failed, ran=False))
        if let_out is not None:
            raise let_out

    async def _end(self, body: BaseException | None, settings: Settings, *, ran: bool = True) -> None:
        """Ends the hold, also if the task is cancelled meanwhile: that is told afterwards.

        A failure is raised, but does not take the place of what the body raised.
        """
        if isinstance(body, GeneratorExit):
            # A coroutine that is thrown away cannot await.
            self._blocking._end(body, self._hasty, ran=ran)
            return
        try:
            call = self._begin("anchor_pause_end", settings)
        except ResourceExhaustedError:
            # The hold must end all the same, though the loop waits.
            self._blocking._end(body, settings, ran=ran)
            return
        except AnchorbrowserError as refusal:
            self._blocking._tell(body, refusal, ran=ran)
            return
        try:
            cancelled = await settled(call)
            failed, let_out = _come_to(call)
        except GeneratorExit as closing:
            if call.end_at_once() != _status.OK:
                self._blocking._undo(closing, self._hasty, ran=ran)
            raise
        finally:
            call.free()
        if isinstance(body, asyncio.CancelledError):
            cancelled = None
        raised = let_out or cancelled
        if failed is not None:
            self._blocking._tell(raised or body, failed, ran=ran)
        if raised is not None:
            raise raised

    def _begin(self, function: str, settings: Settings) -> Call:
        return self._client._begin(function, (self._session,), settings)


def _come_to(call: Call) -> tuple[AnchorbrowserError | None, BaseException | None]:
    """How a complete call failed, and what a handler of the log or of a signal raised meanwhile."""
    let_out = None
    try:
        call.outcome()
    except BaseException as reason:
        failed = own_failure(reason, [call.status])
        if failed is None:
            let_out = reason
        elif call.status != _status.OK:
            return failed, None
    return (None if call.status == _status.OK else call.failure()), let_out
