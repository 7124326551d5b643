"""Ends the calls of daemon threads before the interpreter ends.

Before Python 3.14 a daemon thread that comes back to Python afterwards is unwound by force. If it comes out of the
library, to tell or to ask something, that aborts the process.
"""

from __future__ import annotations

import atexit
import os
import time
from ctypes import c_void_p

from ._abi import Abi
from ._callbacks import is_main_thread

#: For a progress function that takes its time.
_PATIENCE_SECONDS = 5.0

_under_way: dict[int | None, Abi] = {}
_ending = False


def begin(abi: Abi, call: c_void_p) -> None:
    """Before a call; does not return when the interpreter ends."""
    if not is_main_thread():
        _under_way[call.value] = abi
        if _ending:
            end(call)


def end(call: c_void_p) -> None:
    """After a call; does not return when the interpreter ends."""
    _under_way.pop(call.value, None)
    while _ending and not is_main_thread():
        # Where the interpreter would have stopped it: what follows was not to run any more.
        time.sleep(_PATIENCE_SECONDS)


@atexit.register
def _end_calls() -> None:
    global _ending
    _ending = True
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _under_way and time.monotonic() < deadline:
        for call, abi in list(_under_way.items()):
            abi.anchor_call_cancel(call)
        time.sleep(0.001)


# The threads of the calls are the parent's.
os.register_at_fork(after_in_child=_under_way.clear)
