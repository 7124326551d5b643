"""What calls are given in place of the settings that the client was made with."""

from __future__ import annotations

from . import _arguments as arguments


class Settings:
    """In the library's units; None is the setting that the client was made with. They do not change."""

    __slots__ = ("max_retries", "timeout_ms")

    def __init__(self, timeout_ms: int | None = None, max_retries: int | None = None) -> None:
        self.timeout_ms = timeout_ms
        self.max_retries = max_retries

    def replaced(self, timeout: float | None, max_retries: int | None) -> Settings:
        """These, but for what is given."""
        if timeout is None and max_retries is None:
            return self
        return Settings(
            self.timeout_ms if timeout is None else arguments.milliseconds("timeout", timeout),
            self.max_retries if max_retries is None else arguments.count("max_retries", max_retries),
        )

    def at_most(self, timeout_ms: int) -> Settings:
        """These, but with no longer timeout."""
        return Settings(min(self.timeout_ms or timeout_ms, timeout_ms), self.max_retries)
