"""Turns the status of a library function into an exception."""

from __future__ import annotations

from .. import _status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._exceptions import AnchorbrowserError
    from .._outcome import Outcome
    from .abi import Abi


def check(abi: Abi, status: int) -> None:
    """Raises unless the status is OK. For functions that give no message of their own."""
    if status != _status.OK:
        raise failure(abi, status, None)


def failure(abi: Abi, status: int, message: str | None, outcome: Outcome | None = None) -> AnchorbrowserError:
    """The exception for a status other than OK."""
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
