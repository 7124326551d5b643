"""The response of `fetch_primary_recording`: a recording in an unnamed file."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

from ._wrong_block import Blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from ._outcome import Outcome

_CHUNK_BYTES = 64 * 1024


class BinaryAPIResponse(Blocking):
    """A recording in an unnamed file.

        with client.recordings.fetch_primary_recording("session-id", timeout=3600) as response:
            for chunk in response.iter_bytes():
                ...

    Nothing is cached in memory, and any number of threads may read at the same time. `close()`, the
    end of a `with` block or the garbage collector frees the disk space.

    Attributes:
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
    """

    http_status: int
    attempts: int
    request_id: str | None

    def __init__(self, path: Path, outcome: Outcome) -> None:
        self.http_status = outcome.http_status
        self.attempts = outcome.attempts
        self.request_id = outcome.request_id
        self._descriptor = os.open(path, os.O_RDONLY)
        # Not a file object: Python warns when one is garbage-collected without being closed.
        self._close = weakref.finalize(self, os.close, self._descriptor)
        # A daemon thread may read until the process ends.
        self._close.atexit = False

    @property
    def status_code(self) -> int:
        """The official SDK's name for `http_status`."""
        return self.http_status

    @property
    def retries_taken(self) -> int:
        """How many requests were retries."""
        return self.attempts - 1

    @property
    def is_closed(self) -> bool:
        """Whether the response was closed."""
        return not self._close.alive

    def read(self) -> bytes:
        """Returns the whole recording. No other method takes as much memory.

        Raises:
            ValueError: The response is closed. The other methods raise it too.
        """
        return b"".join(self.iter_bytes())

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """Yields chunks of `chunk_size` bytes; the last may be shorter. None: 64 KiB."""
        size, offset = chunk_size or _CHUNK_BYTES, 0
        while chunk := self._at(offset, size):
            yield chunk
            offset += len(chunk)

    def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Copies the recording to the file, which is overwritten.

        To download to a named file in the first place, use `download_recording`.
        """
        with Path(file).open("wb") as target:
            for chunk in self.iter_bytes():
                target.write(chunk)

    def close(self) -> None:
        """Frees the disk space. No thread may read meanwhile. A second call does nothing."""
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
            raise ValueError("the response is closed: read it before closing it")
        return os.pread(self._descriptor, size, offset)
