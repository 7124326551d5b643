"""What the library calls during a call: to ask whether to go on, and with lines for the log.

No exception may pass through the library. One that comes up here, be it out of a signal's handler (Ctrl-C), of a
progress function or of logging, is kept until the call has returned, which ends with the next question.
"""

from __future__ import annotations

import functools
import operator
import threading
from ctypes import c_void_p

from . import _abi, _logging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    #: What `download_recording` takes: how many bytes have come, and of how many or None if that is not known.
    Progress = Callable[[int, int | None], object]


def is_main_thread() -> bool:
    """Whether handlers of signals run in this thread."""
    return threading.get_ident() == threading.main_thread().ident


class _ThisThread(threading.local):
    """Hands what it is called with to the call that this thread makes, in C code alone.

    A Python function begins with the handlers of the signals that have come, before any `try` in it: what they raise
    would be printed and lost. A generator that waits inside a `try` catches it.
    """

    #: Where nobody listens, 1 answers a question (None), which ends the call.
    send: Callable[[Any], Any] = operator.not_
    __call__ = property(operator.attrgetter("send"))


this_thread = _ThisThread()

# One of each for all calls, so that none can be called when it is gone.
PROGRESS = _abi.PROGRESS(this_thread)
# max() hands on its arguments one after the other: `user`, the level and the line.
LOG = _abi.LOG(functools.partial(max, key=this_thread))
#: The log's `user`, which tells a line from a question.
LOG_USER = c_void_p(1)


class Listener:
    """Listens during one call after the other."""

    __slots__ = ("over", "progress", "raised")

    def __init__(self) -> None:
        #: What is called with each question.
        self.progress: Callable[[], object] | None = None
        #: What came up, to be raised when the call has returned. Then this listens no more.
        self.raised: BaseException | None = None
        #: Nothing is called, as no call is under way.
        self.over = True

    def begin(self) -> Callable[[Any], Any]:
        """What `this_thread` is to hand things to."""
        generator = self._listen()
        next(generator)
        return generator.send

    def _listen(self) -> Generator[int, Any, None]:
        try:
            while True:
                if (yield 0) is not None:
                    level, line = (yield 0), (yield 0)
                    _logging.tell(level, line)
                elif self.progress is not None:
                    self.progress()
        except BaseException as reason:
            if self.over:
                return
            self.raised = reason
            # From here on nothing could catch what a handler raises, so none may run: no function is called.
            this_thread.send = operator.not_
        # Not in the `except`, where this would hold what was raised, which may hold this.
        yield 1
