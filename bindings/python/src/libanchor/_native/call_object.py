"""The call object (anchor_call): it carries the settings of one call in, and its outcome out."""

from __future__ import annotations

from ctypes import byref, c_char_p, c_int32, c_uint32, c_uint64, c_void_p

from .. import _json, _status
from .._outcome import Outcome
from .errors import check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .abi import Abi
    from .settings import Settings


def create(abi: Abi, call: c_void_p, settings: Settings) -> None:
    """Makes a call object with these settings, and stores its handle in `call`."""
    check(abi, abi.anchor_call_new(byref(call)))
    if settings.timeout_ms is not None:
        check(abi, abi.anchor_call_set_timeout_ms(call, settings.timeout_ms))
    if settings.max_retries is not None:
        check(abi, abi.anchor_call_set_max_retries(call, settings.max_retries))


def transferred(abi: Abi, call: c_void_p) -> tuple[int, int]:
    """The bytes received so far, and their total or 0 if unknown. Works during the call too."""
    done, total = c_uint64(), c_uint64()
    abi.anchor_call_transferred(call, byref(done), byref(total))
    return done.value, total.value


class OutBuffers:
    """The variables into which the library writes the outcome of a call.

    The strings in them (`request_id`, `result`) belong to the owner of the buffers, who frees them.
    """

    __slots__ = ("_references", "attempts", "http_status", "request_id", "result", "retry_after_ms")

    def __init__(self) -> None:
        self.http_status, self.attempts, self.retry_after_ms = c_int32(), c_uint32(), c_uint64()
        self.request_id, self.result = c_char_p(), c_char_p()
        self._references = tuple(map(byref, (self.http_status, self.attempts, self.request_id, self.result)))

    def read(self, abi: Abi, call: c_void_p, status: int) -> Outcome:
        """The outcome of a call that returned this status."""
        http_status, attempts, request_id, result = self._references
        failed = (
            abi.anchor_call_http_status(call, http_status)
            or abi.anchor_call_attempts(call, attempts)
            or abi.anchor_call_request_id(call, request_id)
            or abi.anchor_call_result(call, result)
        )
        check(abi, failed)
        name, body = self.request_id.value, self.result.value
        return Outcome(
            self.http_status.value,
            self.attempts.value,
            None if status == _status.OK else self._retry_after(abi, call),
            None if name is None else name.decode("utf-8", "replace"),
            None if body is None else _json.decode(body),
            # A download has no JSON answer.
            transferred(abi, call)[0] if body is None else 0,
        )

    def _retry_after(self, abi: Abi, call: c_void_p) -> float | None:
        check(abi, abi.anchor_call_retry_after_ms(call, byref(self.retry_after_ms)))
        return self.retry_after_ms.value / 1000 or None
