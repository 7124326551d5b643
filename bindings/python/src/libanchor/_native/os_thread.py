"""The threads of the operating system, which gevent and eventlet hide.

Their monkey patches make `threading` describe greenlets. But a call blocks the thread of the
operating system with all its greenlets, and Python runs signal handlers in the main one, whichever
greenlet it is in.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: What `threading.get_ident` is without a monkey patch. The function of C is the same, but slower.
get_ident: Callable[[], int] = (
    threading.get_ident
    if isinstance(threading.get_ident, types.BuiltinFunctionType)
    else ctypes.PYFUNCTYPE(ctypes.c_ulong)(("PyThread_get_thread_ident", ctypes.pythonapi))
)

_main: int | None = None


def is_main_thread() -> bool:
    """Whether this is the thread in which Python runs signal handlers."""
    if _main is None and _seems_to_be_main():
        _remember_main()
    return get_ident() == _main


def _seems_to_be_main() -> bool:
    # A patch replaces the first number, and after a fork the second one may be the parent's.
    main = threading.main_thread()
    return threading.get_ident() == main.ident or threading.get_native_id() == main.native_id


def _remember_main() -> None:
    global _main
    _main = get_ident()


def call_in_forked_children(function: Callable[[], None]) -> None:
    """Has the function called in every child that this process forks from now on."""
    # Windows has no forks.
    if sys.platform != "win32":
        os.register_at_fork(after_in_child=function)


# Most programs import the package in the main thread, before a patch or in the first greenlet.
is_main_thread()
# The thread that forked is the main thread of the child.
call_in_forked_children(_remember_main)
