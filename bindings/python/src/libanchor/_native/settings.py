"""The settings of a call: its timeout and its number of retries."""

from __future__ import annotations

from . import arguments


class Settings:
    """Immutable settings in the library's units. None means the client's own setting."""

    __slots__ = ("max_retries", "timeout_ms")

    def __init__(self, timeout_ms: int | None = None, max_retries: int | None = None) -> None:
        self.timeout_ms = timeout_ms
        self.max_retries = max_retries

    def replaced(self, timeout: float | None, max_retries: int | None) -> Settings:
        """A copy in which the values that are given replace the old ones."""
        if timeout is None and max_retries is None:
            return self
        return Settings(
            self.timeout_ms if timeout is None else arguments.milliseconds("timeout", timeout),
            self.max_retries if max_retries is None else arguments.count("max_retries", max_retries),
        )

    def at_most(self, timeout_ms: int) -> Settings:
        """A copy whose timeout is no longer than this."""
        return Settings(min(self.timeout_ms or timeout_ms, timeout_ms), self.max_retries)
