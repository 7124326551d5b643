"""The base of the asyncio client: how a call begins on the running loop, and how it is awaited."""

from __future__ import annotations

from ._base_client import BaseClient
from ._native import queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native.settings import Settings
    from ._outcome import Outcome


class AsyncBaseClient(BaseClient):
    """A `BaseClient` whose calls complete on the running loop."""

    def _begin(self, function: str, arguments: tuple[bytes | None, ...], settings: Settings) -> queue.QueuedCall:
        """Begins a call of the function with this name."""
        return queue.of_running_loop(self._abi).begin(function, self._handle, arguments, settings)

    async def _call(self, function: str, arguments: tuple[bytes | None, ...], settings: Settings) -> Outcome:
        """Calls the function with this name and waits for it. Cancelling the task cancels it."""
        call = self._begin(function, arguments, settings)
        try:
            await call.future
            return call.outcome()
        finally:
            call.free()
