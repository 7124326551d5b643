"""A recording that was fetched without a name for it, for coroutines."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator
    from types import TracebackType

    from ._binary_response import BinaryAPIResponse


class AsyncBinaryAPIResponse:
    """The bytes of a recording, as `BinaryAPIResponse` has them; what reads or copies all of it does so on a thread."""

    def __init__(self, response: BinaryAPIResponse) -> None:
        self._response = response
        self.http_status = response.http_status
        self.attempts = response.attempts
        self.request_id = response.request_id
        self.status_code = response.status_code
        self.retries_taken = response.retries_taken

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._response.is_closed

    async def read(self) -> bytes:
        """All of it: the only method that takes as much memory.

        Raises:
            ValueError: It is closed. The other methods raise it too.
        """
        return await asyncio.to_thread(self._response.read)

    async def iter_bytes(self, chunk_size: int | None = None) -> AsyncIterator[bytes]:
        """Piece by piece from the beginning, each of `chunk_size` bytes but the last. None: 64 KiB."""
        for chunk in self._response.iter_bytes(chunk_size):
            yield chunk

    async def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Copies it to the file, which is overwritten. `download_recording` downloads to a file in the first place."""
        await asyncio.to_thread(self._response.write_to_file, file)

    async def close(self) -> None:
        """Gives its room back; a second time does nothing. Not beside a task that reads it."""
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
