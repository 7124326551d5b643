"""Calls a function of the library on this thread, and waits for it.

Interrupts (Ctrl-C) decide the shape of this module. Python raises KeyboardInterrupt between any
two bytecode instructions, for example after a function has returned and before its result is
assigned. A lost result could be that of a pause that succeeded. So calling the function and storing
its status is one instruction, which runs C code alone. Freeing everything that the call used is
another.
"""

from __future__ import annotations

from ctypes import byref, c_char_p, c_void_p
from functools import partial
from itertools import starmap
from operator import not_

from .. import _status
from . import call_object, shutdown
from .abi import text_at
from .callbacks import PROGRESS, Listener, running
from .errors import check, failure
from .os_thread import is_main_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._exceptions import AnchorbrowserError
    from .._outcome import Outcome
    from .abi import Abi, Function
    from .callbacks import Progress
    from .settings import Settings


class _CallSlot:
    """The buffers and the listener of one call. A later call, on any thread, reuses them."""

    __slots__ = ("call", "error", "last_arguments", "listener", "out", "owned", "send")

    def __init__(self) -> None:
        self.call, self.error, self.out, self.listener = c_void_p(), c_char_p(), call_object.OutBuffers(), Listener()
        self.send = self.listener.start()
        #: Everything that the library hands over and that must be freed. NULL between two calls.
        self.owned = self.call, self.error, self.out.request_id, self.out.result
        #: The last arguments of every function.
        self.last_arguments = self.call, byref(self.error)


#: The slots of calls that succeeded. A failed call discards its slot: if it was interrupted, the
#: slot may hold addresses that were freed.
_idle: list[_CallSlot] = []


def run(
    abi: Abi,
    function: Function,
    arguments: tuple[object, ...],
    settings: Settings,
    returned: list[int],
    progress: Progress | None = None,
) -> Outcome:
    """Calls `function` with these arguments, a call object and a buffer for its message.

    The status is appended to `returned`, even if an interrupt is raised right after the call.
    """
    try:
        slot = _idle.pop()
    except IndexError:
        slot = None
    # Outside the `except` block: an interrupt in it would have the IndexError as its context.
    if slot is None:
        slot = _CallSlot()
    call, listener, outer = slot.call, slot.listener, running.get()
    try:
        listener.over, listener.send = False, slot.send
        _prepare(abi, call, settings, listener, progress)
        running.set(listener)
        context = None
        try:
            returned.extend(starmap(function, [(*arguments, *slot.last_arguments)]))
            if listener.raised is not None:
                context = listener.raised.__context__
                raise listener.raised
        except BaseException as reason:
            # Raising an exception again replaces its context, which may be another interrupt.
            if listener.raised is not None:
                reason.__context__ = context if reason is listener.raised else listener.raised
            raise
        status = returned[-1]
        outcome = slot.out.read(abi, call, status)
        if status != _status.OK:
            raise failure(abi, status, text_at(slot.error), outcome)
    finally:
        listener.over, listener.raised, listener.send = True, None, not_
        # Calls anchor_free for each, in C code alone. Before any other function, after which an
        # interrupt could be raised.
        max(slot.owned, key=abi.anchor_free)
        running.set(outer)
        shutdown.end(call)
    for pointer in slot.owned:
        pointer.value = None
    listener.progress = None
    _idle.append(slot)
    return outcome


def run_without_call_object(abi: Abi, function: Function, arguments: tuple[object, ...]) -> AnchorbrowserError | None:
    """Calls `function` when there is no memory for a call object. Returns its failure, if any.

    The settings are the client's. The call cannot be interrupted, and its log lines are dropped.
    """
    with abi.owned(error := c_char_p()):
        outer = running.get()
        running.set(not_)
        status: int = function(*arguments, None, byref(error))
        running.set(outer)
        return None if status == _status.OK else failure(abi, status, text_at(error))


def _prepare(abi: Abi, call: c_void_p, settings: Settings, listener: Listener, progress: Progress | None) -> None:
    call_object.create(abi, call, settings)
    on_main_thread = is_main_thread()
    if progress is not None:
        listener.progress = partial(_report_progress, abi, call, progress)
    # Other threads run no signal handlers: without a progress function they need no checks.
    if progress is not None or on_main_thread:
        check(abi, abi.anchor_call_set_progress(call, PROGRESS, None))
    if not on_main_thread:
        shutdown.begin(abi, call)


def _report_progress(abi: Abi, call: c_void_p, progress: Progress) -> None:
    done, total = call_object.transferred(abi, call)
    progress(done, total or None)
