"""Turns Python's values into C's. What C cannot carry is refused here, all else is the library's to check."""

import json
import math
import os

from ._exceptions import InvalidArgumentError
from ._status import INVALID_ARGUMENT

_MAX_UINT32 = 2**32 - 1
_MAX_UINT64 = 2**64 - 1


def refusal(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(message, status=INVALID_ARGUMENT)


def text(name: str, value: str) -> bytes:
    """A C string. The messages never show the value: it may be a secret."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if "\0" in value:
        # C would take it for the end.
        raise refusal(f"{name} holds a NUL character: take it out")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise refusal(f"{name} is not valid Unicode: it holds a lone surrogate") from None


def quoted(value: str) -> str:
    """An id or a path as a message shows it: on one line, and as a program writes it."""
    return json.dumps(value, ensure_ascii=not value.isprintable())


def identifier(name: str, value: str) -> bytes:
    """An id; a missing one is refused in the official SDK's words."""
    if value is None or value == "":
        raise refusal(f"Expected a non-empty value for `{name}` but received {value!r}")
    return text(name, value)


def optional_text(name: str, value: str | None) -> bytes | None:
    """A C string, or NULL for the default."""
    return None if value is None else text(name, value)


def path(name: str, value: str | os.PathLike[str]) -> bytes:
    return text(name, os.fspath(value) if isinstance(value, os.PathLike) else value)


def optional_path(name: str, value: str | os.PathLike[str] | None) -> bytes | None:
    return None if value is None else path(name, value)


def json_text(name: str, value: object) -> bytes:
    """A value as JSON, in ASCII: a lone surrogate stays what JSON makes of it."""
    try:
        try:
            encoded = json.dumps(value, allow_nan=False)
        except ValueError as reason:
            if "digits" not in str(reason):
                raise
            # An integer has more digits than str() makes: see sys.set_int_max_str_digits.
            encoded = _with_long_integers(value)
    except ValueError as reason:
        # Infinity, NaN, or a value that holds itself.
        raise refusal(f"{name} cannot be sent as JSON: {reason}") from None
    except RecursionError:
        raise refusal(f"{name} is nested too deeply for Python: make it flatter") from None
    return text(name, encoded)


def _with_long_integers(value: object) -> str:
    """What `json.dumps` would write if there were no limit to the digits of an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return format(_decimal(value), "f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_with_long_integers, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(_key(key) + _with_long_integers(item) for key, item in value.items())}}}"
    return json.dumps(value, allow_nan=False)


def _key(key: object) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return f'"{_decimal(key):f}": '
    return json.dumps({key: 0}, allow_nan=False)[1:-2]


def _decimal(value: int) -> object:
    from decimal import Decimal

    return Decimal(value)


def request(method: str, path_: str, body: object | None) -> tuple[bytes, bytes, bytes | None]:
    """What anchor_request takes."""
    return text("method", method), text("path", path_), None if body is None else json_text("body", body)


def milliseconds(name: str, seconds: float) -> int:
    """Whole milliseconds, at least one of what is more than none."""
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
    if not 0 <= seconds < math.inf:
        raise refusal(f"{name} must be more than 0 seconds and at most a day, not {seconds}")
    return min(math.ceil(seconds * 1000), _MAX_UINT64)


def count(name: str, value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not 0 <= value <= _MAX_UINT32:
        raise refusal(f"{name} must be 0 to {_MAX_UINT32}, not {value}")
    return value
