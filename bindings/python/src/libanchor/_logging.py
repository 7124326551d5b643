"""The logger "libanchor", which is told of each attempt and of what went wrong."""

import logging
import os

_VARIABLE = "ANCHORBROWSER_LOG"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}

logger = logging.getLogger("libanchor")
# Without a handler Python would print the warnings.
logger.addHandler(logging.NullHandler())


def set_up() -> None:
    """Shows the log on standard error if the environment says so, with the variable and values of the official SDK."""
    level = _LEVELS.get(os.environ.get(_VARIABLE, ""))
    if level is not None:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        logger.setLevel(level)
