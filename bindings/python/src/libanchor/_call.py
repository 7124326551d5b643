"""One call of the library on this thread, which waits for it."""

from __future__ import annotations

from ctypes import byref, c_char_p, c_void_p
from functools import partial
from itertools import starmap

from . import _exit, _status
from ._abi import text_at
from ._callbacks import PROGRESS, Listener, is_main_thread, this_thread
from ._outcome import Outcome, Places, failure, prepare, require, transferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._abi import Abi, Function
    from ._callbacks import Progress
    from ._settings import Settings


class _Means:
    """What a call needs on this side, and leaves to a later one of any thread."""

    __slots__ = ("call", "error", "given", "last", "listener", "places", "send")

    def __init__(self) -> None:
        self.call, self.error, self.places, self.listener = c_void_p(), c_char_p(), Places(), Listener()
        self.send = self.listener.begin()
        #: What the library gives out, NULL between two calls.
        self.given = self.call, self.error, self.places.request_id, self.places.result
        #: The last arguments of each function.
        self.last = self.call, byref(self.error)


#: Of calls that succeeded: an interrupted one may leave addresses that were freed, so it leaves nothing.
_idle: list[_Means] = []


def run(
    abi: Abi,
    function: Function,
    arguments: tuple[object, ...],
    settings: Settings,
    returned: list[int],
    progress: Progress | None = None,
) -> Outcome:
    """Calls a function with these arguments, a call object and a place for its message.

    What it returned is appended to `returned`, also if this is interrupted: an interrupt (Ctrl-C) is raised right after
    a step of the interpreter, before what a function returned could be assigned. So the call is one step, and so is the
    freeing of all that was made for it.
    """
    try:
        means = _idle.pop()
    except IndexError:
        means = None
    # Not in the `except`, which what an interrupt raises would name as its context.
    if means is None:
        means = _Means()
    call, listener, outer = means.call, means.listener, this_thread.send
    try:
        listener.over = False
        _prepare(abi, call, settings, listener, progress)
        this_thread.send = means.send
        try:
            returned.extend(starmap(function, [(*arguments, *means.last)]))
        finally:
            if listener.raised is not None:
                raise listener.raised
        status = returned[-1]
        outcome = means.places.outcome(abi, call, status)
        if status != _status.OK:
            raise failure(abi, status, text_at(means.error), outcome)
    finally:
        listener.over, listener.raised = True, None
        this_thread.send = outer
        max(means.given, key=abi.anchor_free)
        _exit.end(call)
    for place in means.given:
        place.value = None
    listener.progress = None
    _idle.append(means)
    return outcome


def _prepare(abi: Abi, call: c_void_p, settings: Settings, listener: Listener, progress: Progress | None) -> None:
    prepare(abi, call, settings)
    on_main_thread = is_main_thread()
    if progress is not None:
        listener.progress = partial(_tell, abi, call, progress)
    # Where there is no progress function and no handler can run, there is nothing to ask about.
    if progress is not None or on_main_thread:
        require(abi, abi.anchor_call_set_progress(call, PROGRESS, None))
    if not on_main_thread:
        _exit.begin(abi, call)


def _tell(abi: Abi, call: c_void_p, progress: Progress) -> None:
    done, total = transferred(abi, call)
    progress(done, total or None)
