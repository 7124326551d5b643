"""Watches a descriptor for event loops that cannot, such as the default loop of Windows.

A thread waits until the descriptor is readable, has a method called on the loop, and waits again
when it has run. The loop keeps the method's object, as it keeps a reader. The thread ends with that
object.
"""

from __future__ import annotations

import _thread
import contextlib
import selectors
import socket
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_DAY_SECONDS = 24 * 60 * 60


def watch(loop: asyncio.AbstractEventLoop, descriptor: int, method: Callable[[], None]) -> None:
    """Has the method called on the loop whenever the descriptor is readable.

    Raises:
        OSError: There is no descriptor left.
        RuntimeError: There is no thread left.
    """
    with contextlib.ExitStack() as undo:
        selector = undo.enter_context(selectors.DefaultSelector())
        # What wakes the thread: a byte when the method has run, and the end of the stream when its object is gone.
        wake, woken = map(undo.enter_context, socket.socketpair())
        for watched in (descriptor, woken):
            selector.register(watched, selectors.EVENT_READ)
        kept = weakref.WeakMethod(method, lambda _: wake.close())
        # Not a threading.Thread, for which the interpreter would wait at its end.
        _thread.start_new_thread(_watch, (weakref.ref(loop), kept, selector, wake, woken))
        undo.pop_all()
    _keep(loop, method)


def _keep(loop: asyncio.AbstractEventLoop, method: Callable[[], None]) -> None:
    """A timer keeps the method as long as the loop is open."""
    loop.call_later(_DAY_SECONDS, _keep, loop, method)


def _watch(
    loop: weakref.ref[asyncio.AbstractEventLoop],
    method: weakref.WeakMethod[Callable[[], None]],
    selector: selectors.BaseSelector,
    wake: socket.socket,
    woken: socket.socket,
) -> None:
    def call() -> None:
        called = method()
        try:
            if called is not None:
                called()
        finally:
            # The thread may have ended.
            with contextlib.suppress(OSError):
                wake.send(b"\0")

    with wake, woken, selector:
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
    try:
        return all(key.fileobj is not woken for key, _ in selector.select())
    except OSError:
        # The queue was freed, and its descriptor with it.
        return False
