"""Sees each log line of the package, and may raise an exception in its place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def log_filter(function: Callable[[logging.LogRecord], bool]) -> Iterator[None]:
    """Calls the function for each line of the package during the block."""
    logger = logging.getLogger("libanchor")
    logger.setLevel(logging.INFO)
    logger.addFilter(function)
    try:
        yield
    finally:
        logger.removeFilter(function)
        logger.setLevel(logging.NOTSET)
