"""What a call needs and what it learnt, and the exception that its failure becomes."""

from __future__ import annotations

import json
from ctypes import byref, c_int32, c_uint32, c_uint64, c_void_p

from . import _status
from ._abi import text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._abi import Abi
    from ._exceptions import AnchorbrowserError
    from ._settings import Settings


class Outcome:
    """What a call learnt."""

    __slots__ = ("attempts", "body", "http_status", "request_id", "retry_after", "transferred")

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
        self.body = body
        #: How many bytes of the answer came; of a download, with what was there before.
        self.transferred = transferred


class Places:
    """Where the library writes what a call learnt. The strings are whoever's made the places, to be freed."""

    __slots__ = ("_references", "attempts", "done", "http_status", "request_id", "result", "retry_after_ms", "total")

    def __init__(self) -> None:
        self.http_status, self.attempts, self.retry_after_ms = c_int32(), c_uint32(), c_uint64()
        self.request_id, self.result = c_void_p(), c_void_p()
        self.done, self.total = c_uint64(), c_uint64()
        self._references = tuple(
            map(byref, (self.http_status, self.attempts, self.retry_after_ms, self.request_id, self.result))
        )

    def outcome(self, abi: Abi, call: c_void_p) -> Outcome:
        """Of a call that is not under way."""
        http_status, attempts, retry_after_ms, request_id, result = self._references
        require(abi, abi.anchor_call_http_status(call, http_status))
        require(abi, abi.anchor_call_attempts(call, attempts))
        require(abi, abi.anchor_call_retry_after_ms(call, retry_after_ms))
        require(abi, abi.anchor_call_request_id(call, request_id))
        require(abi, abi.anchor_call_result(call, result))
        return Outcome(
            self.http_status.value,
            self.attempts.value,
            self.retry_after_ms.value / 1000 or None,
            text_at(self.request_id),
            _parsed(text_at(self.result)),
            self.transferred(abi, call)[0],
        )

    def transferred(self, abi: Abi, call: c_void_p) -> tuple[int, int]:
        """How many bytes have come, and of how many or 0 if that is not known; also of a call that is under way."""
        abi.anchor_call_transferred(call, byref(self.done), byref(self.total))
        return self.done.value, self.total.value


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


def _parsed(body: str | None) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        # The library has judged the answer already; Python's limits must not turn a success into a failure.
        return None
