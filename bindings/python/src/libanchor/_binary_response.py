"""A recording that was fetched without a name for it."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from ._outcome import Outcome
_CHUNK_BYTES = 64 * 1024


class BinaryAPIResponse:
    """The bytes of a recording, in a file without a name. What is read is not kept: any number of threads may read it.

    `close()`, the end of a `with` block or the garbage collector gives its room back.
    """

    #: The HTTP status of the answer.
    http_status: int
    #: How many requests were begun: 1 more than the retries.
    attempts: int
    #: The API's name for the last request (x-request-id), for its support; None if it gave none.
    request_id: str | None

    def __init__(self, path: Path, outcome: Outcome) -> None:
        self.http_status = outcome.http_status
        self.attempts = outcome.attempts
        self.request_id = outcome.request_id
        self._descriptor = os.open(path, os.O_RDONLY)
        # No file object: of one that is forgotten Python would warn.
        self._close = weakref.finalize(self, os.close, self._descriptor)

    @property
    def status_code(self) -> int:
        """The official SDK's name of `http_status`."""
        return self.http_status

    @property
    def retries_taken(self) -> int:
        """How many requests were repeated."""
        return self.attempts - 1

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return not self._close.alive

    def read(self) -> bytes:
        """All of it: the only method that takes as much memory.

        Raises:
            ValueError: It is closed. The other methods raise it too.
        """
        return b"".join(self.iter_bytes())

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Piece by piece from the beginning, each of `chunk_size` bytes but the last. None: 64 KiB."""
        size, offset = chunk_size or _CHUNK_BYTES, 0
        while chunk := self._at(offset, size):
            yield chunk
            offset += len(chunk)

    def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Copies it to the file, which is overwritten. `download_recording` downloads to a file in the first place."""
        with Path(file).open("wb") as target:
            for chunk in self.iter_bytes():
                target.write(chunk)

    def close(self) -> None:
        """Gives its room back; a second time does nothing. Not beside a thread that reads it."""
        self._close()

    def __enter__(self) -> BinaryAPIResponse:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<libanchor.BinaryAPIResponse, {'closed' if self.is_closed else 'open'}>"

    def _at(self, offset: int, size: int) -> bytes:
        if self.is_closed:
            raise ValueError("the response is closed: read it before")
        return os.pread(self._descriptor, size, offset)
