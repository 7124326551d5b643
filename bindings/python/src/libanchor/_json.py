"""JSON beyond the limits of Python's json module.

`int()` and `str()` refuse integers of many digits (see `sys.set_int_max_str_digits`), and the json
module refuses values that are nested deeply. The API has neither limit. So integers of any length
can be sent, and an integer that `int()` refuses is received as a float. `TOO_DEEP` replaces a
value that is nested too deeply.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_decode = json.JSONDecoder().raw_decode
#: What `decode` returns for a value that is nested too deeply for Python.
TOO_DEEP = object()


def quoted(text: str) -> str:
    """An id or a path as messages show it: on one line, in quotes, as a program writes it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def encode(value: object) -> str:
    """The value as JSON, in ASCII, which keeps lone surrogates.

    Raises:
        ValueError: The value holds an infinite float, NaN or itself.
        RecursionError: The value is nested too deeply.
        TypeError: `json.dumps` does not accept the value.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError as reason:
        if "digits" not in str(reason):
            raise
        return _encode_long_integers(value)


def decode(body: bytes) -> Any:
    """The value of a JSON text that the library has validated, or TOO_DEEP."""
    text = body.decode("utf-8", "replace").lstrip()
    try:
        try:
            return _decode(text)[0]
        except ValueError:
            # The text is valid, so this is an integer of more digits than int() takes.
            return json.JSONDecoder(parse_int=_integer).raw_decode(text)[0]
    except RecursionError:
        return TOO_DEEP


def _encode_long_integers(value: object) -> str:
    """What `json.dumps` would write if the digits of an integer were not limited."""
    if isinstance(value, int) and not isinstance(value, bool):
        return format(_decimal(value), "f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_encode_long_integers, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(_key(key) + _encode_long_integers(item) for key, item in value.items())}}}"
    return json.dumps(value, allow_nan=False)


def _key(key: object) -> str:
    if isinstance(key, int) and not isinstance(key, bool):
        return f'"{_decimal(key):f}": '
    return json.dumps({key: 0}, allow_nan=False)[1:-2]


def _decimal(value: int) -> object:
    from decimal import Decimal

    return Decimal(value)


def _integer(digits: str) -> float:
    """An integer of any length. It is a float, perhaps infinite, if int() refuses it."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)
