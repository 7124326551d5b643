"""Watches a descriptor for event loops that cannot, as the default one of Windows.

A thread waits until the descriptor is readable, has a method called on the loop, and waits again
when it has run. The loop keeps the method's object, as it keeps a reader. The thread ends with that
object.
"""

from __future__ import annotations

import _thread
import selectors
import socket
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_FOREVER_SECONDS = 1e9


def watch(loop: asyncio.AbstractEventLoop, descriptor: int, method: Callable[[], None]) -> None:
    """Has the method called on the loop whenever the descriptor is readable."""
    # What wakes the thread: a byte when the method has run, and the end of the stream when its object is gone.
    wake, woken = socket.socketpair()
    # A timer that never comes: it is what a loop keeps until it is closed.
    loop.call_later(_FOREVER_SECONDS, method)
    kept = weakref.WeakMethod(method, lambda _: wake.close())
    # Not a threading.Thread, for which the interpreter would wait at its end.
    _thread.start_new_thread(_watch, (weakref.ref(loop), descriptor, kept, wake, woken))


def _watch(
    loop: weakref.ref[asyncio.AbstractEventLoop],
    descriptor: int,
    method: weakref.WeakMethod[Callable[[], None]],
    wake: socket.socket,
    woken: socket.socket,
) -> None:
    def call() -> None:
        called = method()
        try:
            if called is not None:
                called()
        finally:
            wake.send(b"\0")

    with woken, selectors.DefaultSelector() as selector:
        for watched in (descriptor, woken):
            selector.register(watched, selectors.EVENT_READ)
        while _is_ready(selector, woken):
            running = loop()
            if running is None:
                return
            try:
                running.call_soon_threadsafe(call)
            except RuntimeError:
                # The loop is closed.
                return
            del running
            if not woken.recv(1):
                return


def _is_ready(selector: selectors.BaseSelector, woken: socket.socket) -> bool:
    """Waits until the descriptor is readable. False if the method's object is gone."""
    return all(key.fileobj is not woken for key, _ in selector.select())
