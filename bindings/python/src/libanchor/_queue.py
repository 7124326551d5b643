"""Calls that complete on an event loop: each loop has a queue of the library, whose descriptor it watches."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
import weakref
from ctypes import byref, c_char_p, c_int32, c_uint64, c_void_p

from . import _status
from ._abi import text_at
from ._callbacks import Listener, this_thread
from ._outcome import Outcome, Places, failure, prepare, require, transferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._abi import Abi
    from ._exceptions import AnchorbrowserError
    from ._settings import Settings
#: The most that the library allows: memory is used up before.
_CAPACITY = 1_000_000
#: For a cancelled call to complete, which it does at once.
_PATIENCE_SECONDS = 5.0
#: How many completions are taken before other callbacks of the loop have their turn.
_AT_ONCE = 256

#: Whoever holds a queue holds its loop too, if calls are under way: only the loop itself may.
_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[Queue]] = weakref.WeakKeyDictionary()


def of_this_loop(abi: Abi) -> Queue:
    """The queue of the loop that is running."""
    loop = asyncio.get_running_loop()
    known = _queues.get(loop)
    queue = None if known is None else known()
    if queue is None:
        queue = Queue(abi)
        loop.add_reader(queue.descriptor(), queue.take)
        _queues[loop] = weakref.ref(queue)
    return queue


class Call:
    """A call that is under way, or complete."""

    __slots__ = ("_queue", "future", "handle", "message", "raised", "status", "tag")

    def __init__(self, queue: Queue, tag: int, future: asyncio.Future[None]) -> None:
        self._queue = queue
        self.tag = tag
        self.handle = c_void_p()
        #: Done when the call is complete.
        self.future = future
        self.status = _status.OK
        self.message: str | None = None
        #: What a handler of the log let out.
        self.raised: BaseException | None = None

    def outcome(self) -> Outcome:
        """What a complete call learnt. A failure, and what came up meanwhile, is raised."""
        if self.raised is not None:
            raise self.raised
        outcome = self._queue.learnt(self, self.status)
        if self.status != _status.OK:
            raise self.failure(outcome)
        return outcome

    def failure(self, outcome: Outcome | None = None) -> AnchorbrowserError:
        """The exception for a complete call that failed."""
        return failure(self._queue.abi, self.status, self.message, outcome)

    def cancel(self) -> None:
        self._queue.abi.anchor_call_cancel(self.handle)

    def end_at_once(self) -> int | None:
        """Cancels the call and blocks the thread until it ends. Gives its status, None if unknown.

        A completion that nobody takes may be that of a pause, which would be held for ever.
        """
        if not self.future.done():
            self.cancel()
            self._queue.take_until_complete(self)
        return self.status if self.future.done() else None

    def free(self) -> None:
        """If it is under way, it ends unheard."""
        self._queue.forget(self)

    def transferred(self) -> tuple[int, int]:
        return transferred(self._queue.abi, self.handle)


class Queue:
    """Calls are begun and completed on the loop's thread alone.

    The loop holds it as a reader's function: it is freed when that is closed or forgotten, or the interpreter ends.
    """

    def __init__(self, abi: Abi) -> None:
        self.abi = abi
        self._handle, self._under_way, self._tags = c_void_p(), dict[int, Call](), itertools.count(1)
        self._thread = threading.get_ident()
        self._places = Places()
        self._strings = self._places.request_id, self._places.result
        self._tag, self._status, self._error = c_uint64(), c_int32(), c_char_p()
        self._completion = byref(self._tag), byref(self._status), byref(self._error)
        require(abi, abi.anchor_queue_new(_CAPACITY, byref(self._handle)))
        weakref.finalize(self, abi.anchor_free, self._handle.value)

    def descriptor(self) -> int:
        """Readable while completions wait."""
        descriptor = c_int32()
        require(self.abi, self.abi.anchor_queue_fd(self._handle, byref(descriptor)))
        return descriptor.value

    def begin(self, function: str, client: c_void_p, arguments: tuple[bytes | None, ...], settings: Settings) -> Call:
        """Calls the function of that name. What it refuses at once is raised; else the call must be freed."""
        abi, error = self.abi, c_char_p()
        call = Call(self, next(self._tags), asyncio.get_running_loop().create_future())
        handle = call.handle
        try:
            prepare(abi, handle, settings)
            require(abi, abi.anchor_call_set_queue(handle, self._handle, call.tag))
            self._under_way[call.tag] = call
            status = abi.beginning[function](client, *arguments, handle, byref(error))
            if status != _status.OK:
                raise failure(abi, status, text_at(error), self.learnt(call, status))
        except BaseException:
            self.forget(call)
            raise
        finally:
            if error:
                abi.anchor_free(error)
        return call

    def learnt(self, call: Call, status: int) -> Outcome:
        try:
            return self._places.outcome(self.abi, call.handle, status)
        finally:
            for string in self._strings:
                if string:
                    _free(self.abi, string)

    def forget(self, call: Call) -> None:
        if self._under_way.pop(call.tag, None) is not None:
            self.abi.anchor_call_cancel(call.handle)
        self.abi.anchor_free(call.handle)

    def take(self) -> None:
        """Takes what is complete; the descriptor stays readable while something is left."""
        listener, outer = Listener(), this_thread.send
        next_, queue, completion = self.abi.anchor_queue_next, self._handle, self._completion
        listener.over = False
        this_thread.send = listener.begin()
        try:
            for _ in range(_AT_ONCE):
                if next_(queue, 0, *completion) != _status.OK:
                    break
                if listener.raised is not None:
                    break
                self._deliver(None)
        finally:
            # Also what was taken when a handler of a signal raised.
            raised, listener.raised, listener.over = listener.raised, None, True
            this_thread.send = outer
            self._deliver(raised)

    def take_until_complete(self, call: Call) -> None:
        """For what cannot wait for the loop. Another thread than the loop's may not take."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._thread == threading.get_ident() and not call.future.done() and time.monotonic() < deadline:
            # A future of a loop that was closed refuses to wake who waits for it.
            with contextlib.suppress(RuntimeError):
                self.take()
            time.sleep(0.001)

    def _deliver(self, raised: BaseException | None) -> None:
        """Hands over what was taken last, once."""
        error, message = self._error, None
        if error:
            message = text_at(error)
            _free(self.abi, error)
        call = self._under_way.get(self._tag.value)
        if call is not None:
            call.status, call.message, call.raised = self._status.value, message, raised
            self._under_way.pop(call.tag, None)
            if not call.future.done():
                call.future.set_result(None)
        elif raised is not None:
            raise raised


def _free(abi: Abi, string: c_char_p) -> None:
    """Once, also if an interrupt comes between: from then on the place is NULL."""
    given, string.value = c_char_p.from_buffer_copy(string), None
    abi.anchor_free(given)


async def settled(call: Call) -> asyncio.CancelledError | None:
    """Waits until the call is complete, however often the task is cancelled meanwhile, which is returned."""
    cancelled = None
    while not call.future.done():
        try:
            await asyncio.wait([call.future])
        except asyncio.CancelledError as reason:
            cancelled = reason
    return cancelled
