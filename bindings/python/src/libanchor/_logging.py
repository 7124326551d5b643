"""The logger "libanchor", which is told of each attempt and of what went wrong."""

from __future__ import annotations

import functools
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger

_VARIABLE = "ANCHORBROWSER_LOG"


def set_up() -> None:
    """Shows the log on standard error if the environment says so, with the variable and values of the official SDK."""
    level = os.environ.get(_VARIABLE)
    if level in ("debug", "info"):
        import logging

        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        _logger().setLevel(level.upper())
    elif "logging" in sys.modules:
        _logger()


def tell(level: int, line: bytes) -> None:
    # Where nobody has imported logging, which takes long, nobody has said where lines go.
    if "logging" in sys.modules:
        _logger().log(level, line.decode("utf-8", "replace"))


@functools.cache
def _logger() -> Logger:
    import logging

    logger = logging.getLogger("libanchor")
    # Without a handler Python would print the warnings.
    logger.addHandler(logging.NullHandler())
    return logger
