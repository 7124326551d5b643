"""The client for asyncio."""

from __future__ import annotations

from ._async_base_client import AsyncBaseClient
from ._async_recordings import AsyncRecordingsResource
from ._base_client import init_named
from ._native import arguments
from ._wrong_block import Asynchronous

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any


class AsyncAnchorbrowser(AsyncBaseClient, Asynchronous):
    """A client of the Anchor Browser API for asyncio.

        async with AsyncAnchorbrowser() as client:
            await client.recordings.pause_recording("session-id")

    Any number of tasks, loops and threads may share one client. Calls do not take a thread each:
    one thread of the library serves all calls of a loop. Cancelling a task cancels its call, whose
    request may have taken effect. `await close()`, the end of an `async with` block or the garbage
    collector frees the client.

    The arguments and the exceptions are those of `Anchorbrowser`.
    """

    if not TYPE_CHECKING:
        __init__ = init_named("AsyncAnchorbrowser")

    @property
    def recordings(self) -> AsyncRecordingsResource:
        """The recordings of browser sessions."""
        # Created on each access, as in Anchorbrowser.
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
        """Sends any request of the API. See `Anchorbrowser.request`."""
        given = arguments.request(method, path, body)
        outcome = await self._call("anchor_request", given, self._settings.replaced(timeout, max_retries))
        return outcome.readable_body(f"sending {method}")

    async def connect(self, *, timeout: float | None = None, max_retries: int | None = None) -> None:
        """Makes the connection that the next call on this loop needs. See `Anchorbrowser.connect`.

            await client.connect()  # A few seconds before the form appears.

        Over HTTP/2 the calls on the loop share the connection, as many at the same time as the
        server permits, usually 100. Each loop has its own connections. Cancelling the task ends
        connecting at once.
        """
        await self._call("anchor_connect", (), self._settings.replaced(timeout, max_retries))

    async def close(self) -> None:
        """Frees the client. Calls in flight still finish. A second call does nothing."""
        self._free()

    #: The name in newer libraries.
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
