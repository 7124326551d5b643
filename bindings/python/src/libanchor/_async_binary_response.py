"""The asyncio form of `BinaryAPIResponse`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ._wrong_block import Asynchronous

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Generator
    from types import TracebackType

    from ._binary_response import BinaryAPIResponse


class AsyncBinaryAPIResponse(Asynchronous):
    """A recording in an unnamed file, with the methods of `BinaryAPIResponse`.

        async with client.recordings.fetch_primary_recording("session-id", timeout=3600) as response:
            async for chunk in response.iter_bytes():
                ...

    `read` and `write_to_file` do their work on a thread.

    Attributes:
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
        status_code: The official SDK's name for `http_status`.
        retries_taken: How many requests were retries.
    """

    def __init__(self, response: BinaryAPIResponse) -> None:
        self._response = response
        self.http_status = response.http_status
        self.attempts = response.attempts
        self.request_id = response.request_id
        self.status_code = response.status_code
        self.retries_taken = response.retries_taken

    @property
    def is_closed(self) -> bool:
        """Whether the response was closed."""
        return self._response.is_closed

    async def read(self) -> bytes:
        """Returns the whole recording. No other method takes as much memory.

        Raises:
            ValueError: The response is closed. The other methods raise it too.
        """
        return await asyncio.to_thread(self._response.read)

    async def iter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """Yields chunks of `chunk_size` bytes; the last may be shorter. None: 64 KiB."""
        for chunk in self._response.iter_bytes(chunk_size):
            yield chunk

    async def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Copies the recording to the file, which is overwritten.

        To download to a named file in the first place, use `download_recording`.
        """
        await asyncio.to_thread(self._response.write_to_file, file)

    async def close(self) -> None:
        """Frees the disk space. No task may read meanwhile. A second call does nothing."""
        self._response.close()

    async def __aenter__(self) -> AsyncBinaryAPIResponse:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<libanchor.AsyncBinaryAPIResponse, {'closed' if self.is_closed else 'open'}>"


class AsyncFetch(Coroutine[Any, Any, AsyncBinaryAPIResponse], Asynchronous):
    """A fetch that has not begun: await it for the response, or let `async with` await it and close.

        async with client.recordings.fetch_primary_recording("session-id") as response:
            ...
        response = await client.recordings.fetch_primary_recording("session-id")

    It is a coroutine, so that `asyncio.create_task` accepts it.
    """

    def __init__(self, fetch: Coroutine[Any, Any, AsyncBinaryAPIResponse]) -> None:
        self._fetch = fetch

    def __await__(self) -> Generator[Any, Any, AsyncBinaryAPIResponse]:
        return self._fetch.__await__()

    def send(self, value: Any) -> Any:
        return self._fetch.send(value)

    def throw(self, *exception: Any) -> Any:
        return self._fetch.throw(*exception)

    def close(self) -> None:
        self._fetch.close()

    async def __aenter__(self) -> AsyncBinaryAPIResponse:
        self._response = await self._fetch
        return self._response

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._response.close()
