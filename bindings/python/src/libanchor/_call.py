"""One call of the library on this thread, which waits for it."""

from __future__ import annotations

from ctypes import byref, c_void_p

from . import _exit, _status
from ._abi import text_at
from ._callbacks import PROGRESS, Listener, this_thread
from ._outcome import Outcome, Places, failure, prepare, require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._abi import Abi, Function
    from ._callbacks import Progress
    from ._settings import Settings


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
    call, error, places = c_void_p(), c_void_p(), Places()
    freeing = map(abi.anchor_free, (call, error, places.request_id, places.result))
    listener, outer = Listener(abi, call, progress), this_thread.send
    try:
        _prepare(abi, call, settings, listener)
        this_thread.send = listener.begin()
        try:
            returned.extend(map(function, *([argument] for argument in (*arguments, call, byref(error)))))
        finally:
            if listener.raised is not None:
                raise listener.raised
        outcome = places.outcome(abi, call)
        if returned[-1] != _status.OK:
            raise failure(abi, returned[-1], text_at(error), outcome)
        return outcome
    finally:
        listener.over, listener.raised = True, None
        this_thread.send = outer
        list(freeing)
        _exit.end(call)


def _prepare(abi: Abi, call: c_void_p, settings: Settings, listener: Listener) -> None:
    prepare(abi, call, settings)
    if listener.wants_questions():
        require(abi, abi.anchor_call_set_progress(call, PROGRESS, None))
    _exit.begin(abi, call)
