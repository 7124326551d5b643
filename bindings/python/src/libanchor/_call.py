"""One call of the library: what it needs, what it learnt, and the exception that its failure becomes."""

import json
from ctypes import byref, c_int32, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass

from . import _status
from ._abi import Abi, Function, text_at
from ._exceptions import AnchorbrowserError
from ._settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What a call learnt."""

    http_status: int
    attempts: int
    retry_after: float | None
    request_id: str | None
    body: object | None


def run(
    abi: Abi, function: Function, client: c_void_p, ids: tuple[bytes, ...], settings: Settings, returned: list[int]
) -> Outcome:
    """Calls a function that takes a client, ids and a call object. What it returned is appended to `returned`."""
    with abi.owned() as call, abi.owned() as error:
        require(abi, abi.anchor_call_new(byref(call)))
        if settings.timeout_ms is not None:
            require(abi, abi.anchor_call_set_timeout_ms(call, settings.timeout_ms))
        if settings.max_retries is not None:
            require(abi, abi.anchor_call_set_max_retries(call, settings.max_retries))
        arguments = (client, *ids, call, byref(error))
        # One step of the interpreter. An interrupt (Ctrl-C) during the call is raised right after the step, before
        # a returned status could be assigned: only so is it known what the call did.
        returned.extend(map(function, *([argument] for argument in arguments)))
        status = returned[-1]
        outcome = _outcome(abi, call)
        if status != _status.OK:
            raise failure(abi, status, text_at(error), outcome)
        return outcome


def require(abi: Abi, status: int) -> None:
    """For functions that give no message: their name for the status is all there is to say."""
    if status != _status.OK:
        raise failure(abi, status, None)


def failure(abi: Abi, status: int, message: str | None, outcome: Outcome | None = None) -> AnchorbrowserError:
    """The exception for a status that is no success."""
    cls = _status.exception_class(status)
    if status == _status.INVALID_HANDLE:
        message = "the client is closed: make a new one"
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


def _outcome(abi: Abi, call: c_void_p) -> Outcome:
    http_status, attempts, retry_after_ms = c_int32(), c_uint32(), c_uint64()
    with abi.owned() as request_id, abi.owned() as result:
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
        )


def _parsed(body: str | None) -> object | None:
    try:
        parsed: object = json.loads(body) if body else None
    except (ValueError, RecursionError):
        # The library has judged the answer already; Python's limits must not turn a success into a failure.
        return None
    return parsed
