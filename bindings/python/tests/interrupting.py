"""Sends signals to the main thread of this process, whose handlers may raise."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox import DEADLINE_SECONDS


class Interrupt(Exception):
    """The exception of a signal handler. It is an Exception, like the TimeoutError of an alarm."""


@contextmanager
def handling(number: int, handler: Callable[[], object]) -> Iterator[None]:
    """Installs the signal handler during the block."""
    before = signal.signal(number, lambda *_: handler())
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def sent(*signals: int, after: float = 0.0, once: Callable[[], object] | None = None) -> Iterator[list[float]]:
    """Sends the signals from another thread, `after` seconds after `once` has returned.

    Yields the list of the moments at which they were sent.
    """
    moments: list[float] = []

    def send() -> None:
        # The signals must not be delivered to this thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        if once is not None:
            once()
        time.sleep(after)
        for number in signals:
            moments.append(time.monotonic())
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield moments
    finally:
        thread.join(DEADLINE_SECONDS)
