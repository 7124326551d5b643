"""The logger "libanchor", which receives a line for each attempt and for each failure.

The standard module logging takes longer to import than this package, so it is not imported here. If
the program has not imported it, nobody has configured where lines go, and they are dropped.
"""

from __future__ import annotations

import functools
import sys

from . import _environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger

_VARIABLE = "ANCHORBROWSER_LOG"


def set_up() -> None:
    """Logs to standard error if ANCHORBROWSER_LOG is "info" or "debug"."""
    level = _environment.variable(_VARIABLE)
    if level in ("debug", "info"):
        import logging

        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        _logger().setLevel(level.upper())
    elif "logging" in sys.modules:
        _logger()


def log(level: int, line: bytes) -> None:
    """Logs a line of the library."""
    if "logging" in sys.modules:
        _logger().log(level, line.decode("utf-8", "replace"))


@functools.cache
def _logger() -> Logger:
    import logging

    logger = logging.getLogger("libanchor")
    # Without a handler Python would print the warnings.
    logger.addHandler(logging.NullHandler())
    return logger
