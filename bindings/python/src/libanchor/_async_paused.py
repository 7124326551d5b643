"""A block of a coroutine that runs while a recording is paused.

It follows `_paused` and differs in two points. A cancelled task does not cut the resume short: the
cancellation is raised after it. A coroutine that is closed (GeneratorExit) cannot await, so its
thread blocks for the resume.
"""

from __future__ import annotations

import asyncio

from . import _status
from ._exceptions import AnchorbrowserError, ResourceExhaustedError
from ._native.queue import wait_until_complete
from ._pause_failures import attach, may_be_paused, own_failure
from ._paused import UNDO_TIMEOUT_MS, Paused
from ._wrong_block import Asynchronous

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._async_base_client import AsyncBaseClient
    from ._native.queue import QueuedCall
    from ._native.settings import Settings


class AsyncPaused(Asynchronous):
    """The asynchronous context manager that `client.recordings.paused` returns."""

    def __init__(self, client: AsyncBaseClient, session: bytes, settings: Settings) -> None:
        self._client = client
        self._session = session
        self._settings = settings
        self._undo_settings = settings.at_most(UNDO_TIMEOUT_MS)
        #: For a coroutine that cannot await.
        self._blocking = Paused(client, session, settings, "await client.recordings.resume_recording")

    async def __aenter__(self) -> None:
        call = self._begin("anchor_pause_begin", self._settings)
        try:
            await asyncio.wait([call.future])
            call.outcome()
        except BaseException as reason:
            # The block will not run, so a pause that took effect has to be ended here.
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

    async def _take_back(self, call: QueuedCall, reason: BaseException) -> None:
        """Ends a pause that failed, was cancelled, or during which a log handler raised."""
        if isinstance(reason, GeneratorExit):
            self._take_back_at_once(call, reason)
            return
        if not call.future.done():
            call.cancel()
            try:
                await wait_until_complete(call)
            except GeneratorExit as closing:
                self._take_back_at_once(call, closing)
                raise
        if call.status == _status.OK:
            await self._end(reason, self._settings, ran=False)
        elif may_be_paused(call.status, reason):
            await self._undo(reason)

    def _take_back_at_once(self, call: QueuedCall, reason: GeneratorExit) -> None:
        """Ends the pause of a coroutine that is closed while it pauses, and that cannot await."""
        if call.end_at_once() == _status.OK:
            self._blocking._end(reason, self._undo_settings, ran=False)
        else:
            self._blocking._undo(reason, self._undo_settings)

    async def _undo(self, reason: BaseException) -> None:
        """Resumes a recording that a cancelled call may have left paused. See `Paused._undo`."""
        try:
            call = self._begin("anchor_pause_begin", self._undo_settings)
        except AnchorbrowserError as refusal:
            attach(reason, self._blocking._not_resumed(refusal, ran=False))
            return
        try:
            await wait_until_complete(call)
            failed, handler_raised = _result(call)
        except GeneratorExit as closing:
            self._take_back_at_once(call, closing)
            raise
        finally:
            call.free()
        continuing = handler_raised or reason
        if failed is None:
            await self._end(continuing, self._undo_settings, ran=False)
        else:
            attach(continuing, self._blocking._not_resumed(failed, ran=False))
        if handler_raised is not None:
            raise handler_raised

    async def _end(self, body: BaseException | None, settings: Settings, *, ran: bool = True) -> None:
        """Ends the pause, even if the task is cancelled meanwhile, which is raised afterwards.

        A failure is raised, or attached to the exception of the body.
        """
        if isinstance(body, GeneratorExit):
            # A coroutine that is closed cannot await.
            self._blocking._end(body, self._undo_settings, ran=ran)
            return
        try:
            call = self._begin("anchor_pause_end", settings)
        except ResourceExhaustedError:
            # The pause has to be ended, even if that blocks the loop.
            self._blocking._end(body, settings, ran=ran)
            return
        except AnchorbrowserError as refusal:
            self._blocking._report(body, refusal, ran=ran)
            return
        try:
            cancelled = await wait_until_complete(call)
            failed, handler_raised = _result(call)
        except GeneratorExit as closing:
            if call.end_at_once() != _status.OK:
                self._blocking._undo(closing, self._undo_settings, ran=ran)
            raise
        finally:
            call.free()
        if isinstance(body, asyncio.CancelledError):
            cancelled = None
        raised = handler_raised or cancelled
        if failed is not None:
            self._blocking._report(raised or body, failed, ran=ran)
        if raised is not None:
            raise raised

    def _begin(self, function: str, settings: Settings) -> QueuedCall:
        return self._client._begin(function, (self._session,), settings)


def _result(call: QueuedCall) -> tuple[AnchorbrowserError | None, BaseException | None]:
    """The failure of a complete call, and the exception of a log or signal handler during it."""
    handler_raised = None
    try:
        call.outcome()
    except BaseException as reason:
        failed = own_failure(reason, [call.status])
        if failed is None:
            handler_raised = reason
        elif call.status != _status.OK:
            return failed, None
    return (None if call.status == _status.OK else call.failure()), handler_raised
