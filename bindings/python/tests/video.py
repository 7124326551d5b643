"""The sandbox's videos: the head of an MP4 file, followed by the bytes 0 to 250, repeated."""

from __future__ import annotations

from pathlib import Path

_HEAD = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42"
_PERIOD = 251
_CHUNK_BYTES = _PERIOD * 4096


def check(path: Path, length: int, version: int = 1) -> None:
    """Asserts that the file is the complete video of this length and version."""
    assert path.stat().st_size == length
    with path.open("rb") as file:
        assert file.read(len(_HEAD)) == _HEAD[:length]
        # Each version starts one byte later than the one before.
        expected = bytes((number + version - 1) % _PERIOD for number in range(_PERIOD)) * (_CHUNK_BYTES // _PERIOD)
        while chunk := file.read(_CHUNK_BYTES):
            assert chunk == expected[: len(chunk)]
