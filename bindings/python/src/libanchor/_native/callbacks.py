"""The functions that the library calls during a call: progress checks and log lines.

The library asks at short intervals whether to continue: a progress check. It also hands over each
line for the log. Both arrive in ctypes callbacks on the thread of the call, where calls of several
greenlets may be suspended in their callbacks.

No exception may pass through the library. An exception can arise here from three sources: a signal
handler (Ctrl-C), a progress function, and a logging handler. It is stored in the `Listener` of the
call and raised after the call has returned. The next progress check ends the call.
"""

from __future__ import annotations

import functools
import operator
from contextvars import ContextVar
from ctypes import c_void_p

from .. import _logging
from . import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    #: The progress function of a download. It takes the bytes received so far and their total,
    #: which is None if unknown.
    Progress = Callable[[int, int | None], object]


#: The listener of the call whose C code is running. Callbacks do not say which call they belong to:
#: it is this one. A call sets its listener before its C code begins, and again before a callback
#: returns, because a progress function or a logging handler may have switched to a greenlet that
#: makes calls. Every greenlet has a context of its own, and no monkey patch replaces contexts.
#: Without a call the answer to a progress check is 1, which ends the call.
running: ContextVar[Callable[[Any], Any]] = ContextVar("libanchor.running", default=operator.not_)


class _ToRunningCall:
    """Passes each callback to the call that it belongs to, without running Python code.

    When a Python function begins, Python may first run pending signal handlers, before any `try`
    inside the function. An exception from them would be printed and lost. A generator that is
    suspended inside a `try` catches it. So each callback resumes a generator.
    """

    get = running.get
    __call__ = property(operator.methodcaller("get"))


# One of each for all calls, so that the library never calls one that was freed.
PROGRESS = abi.PROGRESS(_ToRunningCall())
# max() passes its arguments to the key function one by one: `user`, the level and the line.
LOG = abi.LOG(functools.partial(max, key=_ToRunningCall()))
#: The `user` of log callbacks. It is not None, which distinguishes a line from a progress check.
LOG_USER = c_void_p(1)


class Listener:
    """Receives the callbacks of one call at a time."""

    __slots__ = ("log", "over", "progress", "raised", "send")

    def __init__(self, log: Callable[[int, bytes], object] = _logging.log) -> None:
        #: Called for each log line.
        self.log = log
        #: Called at each progress check.
        self.progress: Callable[[], object] | None = None
        #: The exception to raise once the call has returned. After it, the listener is finished.
        self.raised: BaseException | None = None
        #: Whether no call is in progress.
        self.over = True
        #: Receives the arguments of a callback one after the other; a progress check is one None.
        self.send: Callable[[Any], Any] = operator.not_

    __call__ = property(operator.attrgetter("send"))

    def start(self) -> Callable[[Any], Any]:
        """Starts the generator. Returns the function to use as `send` during a call."""
        generator = self._listen()
        next(generator)
        return generator.send

    def _listen(self) -> Generator[int, Any, None]:
        try:
            while True:
                user = yield 0
                line = None if user is None else ((yield 0), (yield 0))
                try:
                    if line is not None:
                        self.log(*line)
                    elif self.progress is not None:
                        self.progress()
                finally:
                    if running.get() is not self:
                        running.set(self)
        except BaseException as reason:
            if self.over:
                return
            self.raised = reason
            # Nothing could catch an exception from a signal handler after this. So no function is
            # called any more, and no handler runs.
            self.send = operator.not_
        # Outside the `except` block, which would keep the exception alive, and with it perhaps this
        # generator.
        yield 1
