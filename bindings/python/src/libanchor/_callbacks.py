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
from ._outcome import Places

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
    """Listens during one call."""

    def __init__(self, abi: _abi.Abi, call: c_void_p, progress: Progress | None = None) -> None:
        self._abi = abi
        self._call = call
        self._progress = progress
        #: What came up, to be raised when the call has returned.
        self.raised: BaseException | None = None
        #: Nothing is called any more.
        self.over = False

    def wants_questions(self) -> bool:
        """Where there is no progress function and no handler can run, there is nothing to ask about."""
        return self._progress is not None or is_main_thread()

    def begin(self) -> Callable[[Any], Any]:
        """What `this_thread` is to hand things to."""
        generator = self._listen()
        next(generator)
        return generator.send

    def _listen(self) -> Generator[int, Any, None]:
        try:
            while True:
                if (yield 0) is None:
                    self._tell_progress()
                else:
                    level, line = (yield 0), (yield 0)
                    _logging.tell(level, line)
        except BaseException as reason:
            if self.over:
                return
            self.raised = reason
            # From here on nothing could catch what a handler raises, so none may run: no function is called.
            this_thread.send = operator.not_
            yield 1

    def _tell_progress(self) -> None:
        if self._progress is not None:
            done, total = Places().transferred(self._abi, self._call)
            self._progress(done, total or None)
