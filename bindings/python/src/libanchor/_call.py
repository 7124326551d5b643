"""One call of the library: what it needs, what it learnt, and the exception that its failure becomes."""

from __future__ import annotations

import json
from ctypes import byref, c_int32, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _exit, _status
from ._abi import text_at
from ._callbacks import PROGRESS, Listener, this_thread

if TYPE_CHECKING:
    from ._abi import Abi, Function
    from ._callbacks import Progress
    from ._exceptions import AnchorbrowserError
    from ._settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What a call learnt."""

    http_status: int
    attempts: int
    retry_after: float | None
    request_id: str | None
    body: Any
    #: How many bytes of the answer came; of a download, with what was there before.
    transferred: int


def run(
    abi: Abi,
    function: Function,
    arguments: tuple[object, ...],
    settings: Settings,
    returned: list[int],
    progress: Progress | None = None,
) -> Outcome:
    """Calls a function with these arguments, a call object and a place for its message.

    What it returned is appended to `returned`, also if this is interrupted: an interrupt (Ctrl-C) is raised right after
    a step of the interpreter, before what a function returned could be assigned. So the call is one step, and so is the
    freeing of all that was made for it.
    """
    call, error, request_id, result = owned = tuple(c_void_p() for _ in range(4))
    freeing = map(abi.anchor_free, owned)
    listener, outer = Listener(abi, call, progress), this_thread.send
    try:
        _prepare(abi, call, settings, listener)
        this_thread.send = listener.begin()
        try:
            returned.extend(map(function, *([argument] for argument in (*arguments, call, byref(error)))))
        finally:
            if listener.raised is not None:
                raise listener.raised
        outcome = _outcome(abi, call, request_id, result, listener)
        if returned[-1] != _status.OK:
            raise failure(abi, returned[-1], text_at(error), outcome)
        return outcome
    finally:
        listener.over, listener.raised = True, None
        this_thread.send = outer
        list(freeing)
        _exit.end(call)


def _prepare(abi: Abi, call: c_void_p, settings: Settings, listener: Listener) -> None:
    require(abi, abi.anchor_call_new(byref(call)))
    if settings.timeout_ms is not None:
        require(abi, abi.anchor_call_set_timeout_ms(call, settings.timeout_ms))
    if settings.max_retries is not None:
        require(abi, abi.anchor_call_set_max_retries(call, settings.max_retries))
    if listener.wants_questions():
        require(abi, abi.anchor_call_set_progress(call, PROGRESS, None))
    _exit.begin(abi, call)


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


def _outcome(abi: Abi, call: c_void_p, request_id: c_void_p, result: c_void_p, listener: Listener) -> Outcome:
    http_status, attempts, retry_after_ms = c_int32(), c_uint32(), c_uint64()
    require(abi, abi.anchor_call_http_status(call, byref(http_status)))
    require(abi, abi.anchor_call_attempts(call, byref(attempts)))
    require(abi, abi.anchor_call_retry_after_ms(call, byref(retry_after_ms)))
    require(abi, abi.anchor_call_request_id(call, byref(request_id)))
    require(abi, abi.anchor_call_result(call, byref(result)))
    return Outcome(
        http_status=http_status.value,
        attempts=attempts.value,
        retry_after=retry_after_ms.value / 1000 or None,
        request_id=text_at(request_id),
        body=_parsed(text_at(result)),
        transferred=listener.transferred()[0],
    )


def _parsed(body: str | None) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        # The library has judged the answer already; Python's limits must not turn a success into a failure.
        return None
