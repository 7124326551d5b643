"""Signals to this process's main thread, whose handlers raise or do not."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox import DEADLINE_SECONDS


class Interrupt(Exception):
    """What a handler raises; an Exception, as that of a timeout may be."""


@contextmanager
def handling(number: int, handler: Callable[[], object]) -> Iterator[None]:
    """The handler while the block runs."""
    before = signal.signal(number, lambda *_: handler())
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def sent(*signals: int, after: float = 0.0, once: Callable[[], object] | None = None) -> Iterator[list[float]]:
    """Sends the signals from another thread, when `once` has returned and so many seconds later. Gives when it did."""
    moments: list[float] = []

    def send() -> None:
        # It must not be this thread that the signals find.
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
