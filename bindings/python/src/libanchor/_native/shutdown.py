"""Ends the calls of daemon threads before the interpreter ends.

Before Python 3.14 a daemon thread that returns to Python after the end of the interpreter is
unwound by force. If it is inside a callback of the library at that moment, the process aborts.
And all clients are freed when the interpreter ends: a thread that still used one would raise an
exception, which Python prints.
"""

from __future__ import annotations

import atexit
import time
import weakref
from ctypes import c_void_p

from .abi import Abi
from .os_thread import call_in_forked_children, is_main_thread

#: How long to wait for the cancelled calls: a progress function may take its time.
_PATIENCE_SECONDS = 5.0

_running: dict[int | None, Abi] = {}
_ending = False


def begin(abi: Abi, call: c_void_p) -> None:
    """Registers a call that is about to start, or a queue that is about to be used.

    Does not return while the interpreter ends.
    """
    if not is_main_thread():
        _running[call.value] = abi
        if _ending:
            end(call)


def end(call: c_void_p) -> None:
    """Removes a call that has returned, or a queue. Does not return while the interpreter ends."""
    _running.pop(call.value, None)
    while _ending and not is_main_thread():
        # The interpreter would have stopped this thread here: nothing after this may run.
        time.sleep(_PATIENCE_SECONDS)


# With its first finalizer weakref registers the function that runs them all when the interpreter
# ends. They free clients and queues, so it has to be registered first, to run after `_end_calls`.
weakref.finalize(begin, int).detach()


@atexit.register
def _end_calls() -> None:
    global _ending
    _ending = True
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _running and time.monotonic() < deadline:
        for call, abi in list(_running.items()):
            # Of a queue there is nothing to cancel: it is used for a moment only.
            abi.anchor_call_cancel(call)
        time.sleep(0.001)


# The threads that make these calls exist in the parent only.
call_in_forked_children(_running.clear)
