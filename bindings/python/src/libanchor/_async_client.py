"""The client whose calls are awaited."""

from __future__ import annotations

from . import _arguments as arguments
from . import _queue
from ._async_recordings import AsyncRecordingsResource
from ._base_client import BaseClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from ._outcome import Outcome
    from ._settings import Settings


class AsyncAnchorbrowser(BaseClient):
    """A client of the Anchor Browser API for asyncio. Any number of tasks, loops and threads may use one.

    Calls take no thread each: one thread of the library's serves all that a loop has under way. Cancelling a task
    cancels its call; what was asked may have happened or not. `await close()`, the end of an `async with` block or the
    garbage collector frees the client.

    The arguments and exceptions are those of `Anchorbrowser`.
    """

    @property
    def recordings(self) -> AsyncRecordingsResource:
        """The recordings of browser sessions."""
        # As in Anchorbrowser: kept, it would be a cycle.
        return AsyncRecordingsResource(self)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Any:
        """As `Anchorbrowser.request`."""
        given = arguments.request(method, path, body)
        outcome = await self._call("anchor_request", given, self._settings.replaced(timeout, max_retries))
        return outcome.readable_body(f"sending {method} {arguments.quoted(path)}")

    async def close(self) -> None:
        """Frees the client; a second time does nothing. Calls that are under way still finish."""
        self._free()

    #: As newer libraries name it.
    aclose = close

    async def __aenter__(self) -> AsyncAnchorbrowser:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def _begin(self, function: str, arguments: tuple[bytes | None, ...], settings: Settings) -> _queue.Call:
        """Begins a call of the function of that name, which completes on the loop that is running."""
        return _queue.of_this_loop(self._abi).begin(function, self._handle, arguments, settings)

    async def _call(self, function: str, arguments: tuple[bytes | None, ...], settings: Settings) -> Outcome:
        """Calls the function of that name and waits for it; cancelled with the task."""
        call = self._begin(function, arguments, settings)
        try:
            await call.future
            return call.outcome()
        finally:
            call.free()
