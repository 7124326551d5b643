"""The outcome of a call: what the library reports about it, successful or not."""

from __future__ import annotations

from . import _json, _status
from ._exceptions import APIResponseValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAX_NESTING = 2


class Outcome:
    """The HTTP status, the parsed answer and the other facts about one call."""

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
        self.is_too_deep = body is _json.TOO_DEEP
        #: The answer's JSON, parsed. None if there was none, or if it is nested too deeply.
        self.body = None if self.is_too_deep else body
        #: The size of a downloaded file, including the part that an earlier call left.
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
        """The body of a successful answer, for calls whose purpose is to return it."""
        if not self.is_too_deep:
            return self.body
        raise APIResponseValidationError(
            f"{operation} succeeded with HTTP {self.http_status}, but its answer is nested too deeply for "
            "Python's json module",
            status=_status.BAD_RESPONSE,
            status_code=self.http_status,
            request_id=self.request_id,
            attempts=self.attempts,
        )
