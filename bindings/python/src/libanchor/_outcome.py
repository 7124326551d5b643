"""What a call needs and what it learnt, and the exception that its failure becomes."""

from __future__ import annotations

import json
from ctypes import byref, c_char_p, c_int32, c_uint32, c_uint64, c_void_p

from . import _status
from ._exceptions import APIResponseValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._abi import Abi
    from ._exceptions import AnchorbrowserError
    from ._settings import Settings

_decode = json.JSONDecoder().raw_decode
_MAX_NESTING = 2
#: In place of an answer whose JSON is nested too deeply for Python.
_TOO_DEEP = object()


class Outcome:
    """What a call learnt."""

    __slots__ = ("attempts", "body", "http_status", "is_too_deep", "request_id", "retry_after", "transferred")

    def __init__(
        self,
        http_status: int,
        attempts: int,
        retry_after: float | None,
        request_id: str | None,
        body: Any,
        transferred: int,
    ) -> None:
        self.http_status = http_status
        self.attempts = attempts
        self.retry_after = retry_after
        self.request_id = request_id
        self.is_too_deep = body is _TOO_DEEP
        #: The answer's JSON, parsed; None if there was none, or if it is too deep.
        self.body = None if self.is_too_deep else body
        #: How many bytes of a download came, with what was there before.
        self.transferred = transferred

    def levels(self) -> list[dict[str, Any]]:
        """The objects that the API nests in `data`, once or twice, from the outermost."""
        levels: list[dict[str, Any]] = []
        level = self.body
        while isinstance(level, dict) and len(levels) <= _MAX_NESTING:
            levels.append(level)
            level = level.get("data")
        return levels

    def readable_body(self, operation: str) -> Any:
        """The body of a success, for calls that exist to return it."""
        if not self.is_too_deep:
            return self.body
        raise APIResponseValidationError(
            f"HTTP {self.http_status} came while {operation}, and it was done, but nothing is known of the answer: "
            "it is nested too deeply for Python's json module",
            status=_status.BAD_RESPONSE,
            status_code=self.http_status,
            request_id=self.request_id,
            attempts=self.attempts,
        )


class Places:
    """Where the library writes what a call learnt. The strings are whoever's made the places, to be freed."""

    __slots__ = ("_references", "attempts", "http_status", "request_id", "result", "retry_after_ms")

    def __init__(self) -> None:
        self.http_status, self.attempts, self.retry_after_ms = c_int32(), c_uint32(), c_uint64()
        self.request_id, self.result = c_char_p(), c_char_p()
        self._references = tuple(map(byref, (self.http_status, self.attempts, self.request_id, self.result)))

    def outcome(self, abi: Abi, call: c_void_p, status: int) -> Outcome:
        """Of a call that returned the status."""
        http_status, attempts, request_id, result = self._references
        failed = (
            abi.anchor_call_http_status(call, http_status)
            or abi.anchor_call_attempts(call, attempts)
            or abi.anchor_call_request_id(call, request_id)
            or abi.anchor_call_result(call, result)
        )
        require(abi, failed)
        name, body = self.request_id.value, self.result.value
        return Outcome(
            self.http_status.value,
            self.attempts.value,
            None if status == _status.OK else self._retry_after(abi, call),
            None if name is None else name.decode("utf-8", "replace"),
            None if body is None else _parsed(body),
            # An answer in JSON is no download.
            transferred(abi, call)[0] if body is None else 0,
        )

    def _retry_after(self, abi: Abi, call: c_void_p) -> float | None:
        require(abi, abi.anchor_call_retry_after_ms(call, byref(self.retry_after_ms)))
        return self.retry_after_ms.value / 1000 or None


def transferred(abi: Abi, call: c_void_p) -> tuple[int, int]:
    """How many bytes have come, and of how many or 0 if that is not known; also of a call that is under way."""
    done, total = c_uint64(), c_uint64()
    abi.anchor_call_transferred(call, byref(done), byref(total))
    return done.value, total.value


def prepare(abi: Abi, call: c_void_p, settings: Settings) -> None:
    """Makes the call object."""
    require(abi, abi.anchor_call_new(byref(call)))
    if settings.timeout_ms is not None:
        require(abi, abi.anchor_call_set_timeout_ms(call, settings.timeout_ms))
    if settings.max_retries is not None:
        require(abi, abi.anchor_call_set_max_retries(call, settings.max_retries))


def require(abi: Abi, status: int) -> None:
    """For functions that give no message: their name for the status is all there is to say."""
    if status != _status.OK:
        raise failure(abi, status, None)


def failure(abi: Abi, status: int, message: str | None, outcome: Outcome | None = None) -> AnchorbrowserError:
    """The exception for a status that is no success."""
    cls = _status.exception_class(status)
    if status == _status.INVALID_HANDLE:
        message = "the client is closed: make a new one"
    elif status == _status.CANCELLED and message is None:
        message = "interrupted; the request may have taken effect"
    elif message is None:
        message = f"libanchor failed with {abi.anchor_status_name(status).decode()} ({status})"
    if outcome is None:
        return cls(message, status=status)
    return cls(
        message,
        status=status,
        status_code=outcome.http_status if _status.is_about_an_answer(status) else None,
        body=outcome.body,
        request_id=outcome.request_id,
        attempts=outcome.attempts,
        retry_after=outcome.retry_after,
    )


def _parsed(body: bytes) -> Any:
    """The value of a JSON text that the library has checked, whatever Python's own limits are."""
    text = body.decode("utf-8", "replace").lstrip()
    try:
        try:
            return _decode(text)[0]
        except ValueError:
            # An integer has more digits than int() takes: see sys.set_int_max_str_digits.
            return json.JSONDecoder(parse_int=_integer).raw_decode(text)[0]
    except RecursionError:
        return _TOO_DEEP


def _integer(digits: str) -> float:
    """An integer of any length: as a float, which may be infinite, if int() does not take it."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)
