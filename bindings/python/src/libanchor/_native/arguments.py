"""Converts Python values to C arguments.

Only what C cannot represent is refused here. The library checks the rest.
"""

from __future__ import annotations

import math
import os

from .. import _json
from .._exceptions import InvalidArgumentError
from .._status import INVALID_ARGUMENT

_MAX_UINT32 = 2**32 - 1
#: The longest timeout that the library accepts, in seconds.
_DAY = 86_400


def text(name: str, value: str) -> bytes:
    """A C string. The messages never show the value: it may be a secret."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if "\0" in value:
        # C would take it for the end of the string.
        raise _refusal(f"{name} contains a NUL character: remove it")
    try:
        return value.encode()
    except UnicodeEncodeError:
        pass
    # Outside of the `except` block: the other exception has the value, and would be the context of
    # this one.
    raise _refusal(f"{name} is not valid Unicode: it contains a lone surrogate")


def identifier(name: str, value: str) -> bytes:
    """An id. A missing one is refused in the words of the official SDK."""
    if value is None or value == "":
        raise _refusal(f"Expected a non-empty value for `{name}` but received {value!r}")
    return text(name, value)


def optional_text(name: str, value: str | None) -> bytes | None:
    """A C string, or NULL for the default."""
    return None if value is None else text(name, value)


def path(name: str, value: str | os.PathLike[str]) -> bytes:
    return text(name, os.fspath(value) if isinstance(value, os.PathLike) else value)


def optional_path(name: str, value: str | os.PathLike[str] | None) -> bytes | None:
    return None if value is None else path(name, value)


def json_text(name: str, value: object) -> bytes:
    """A value as JSON."""
    try:
        encoded = _json.encode(value)
    except ValueError as reason:
        raise _refusal(f"{name} cannot be sent as JSON: {reason}") from None
    except RecursionError:
        raise _refusal(f"{name} is nested too deeply for Python: make it flatter") from None
    return text(name, encoded)


def request(method: str, path_: str, body: object | None) -> tuple[bytes, bytes, bytes | None]:
    """The arguments of anchor_request: method, path and JSON body."""
    return text("method", method), text("path", path_), None if body is None else json_text("body", body)


def milliseconds(name: str, seconds: float) -> int:
    """Whole milliseconds, rounded up, so that a short timeout does not become none."""
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if not 0 < seconds <= _DAY:
        raise _refusal(f"{name} must be more than 0 seconds and at most a day ({_DAY} seconds)")
    return math.ceil(seconds * 1000)


def count(name: str, value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not 0 <= value <= _MAX_UINT32:
        raise _refusal(f"{name} must be 0 to {_MAX_UINT32}, not {value}")
    return value


def _refusal(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(message, status=INVALID_ARGUMENT)
