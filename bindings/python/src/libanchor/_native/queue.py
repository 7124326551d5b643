"""Calls that complete on an event loop.

A call that is bound to a completion queue of the library returns at once. The library makes it on a
thread of the queue and delivers the completion through the queue. Each event loop has one queue and
watches the queue's descriptor, which is readable while completions wait. If a loop cannot watch it,
a thread does.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
import weakref
from contextvars import Context, copy_context
from ctypes import byref, c_char_p, c_int32, c_uint64, c_void_p
from operator import not_

from .. import _logging, _status
from . import call_object, shutdown
from .abi import text_at
from .callbacks import Listener, running
from .errors import check, failure
from .os_thread import get_ident
from .watching_thread import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._exceptions import AnchorbrowserError
    from .._outcome import Outcome
    from .abi import Abi
    from .settings import Settings

#: The most that the library accepts. Memory runs out first.
_CAPACITY = 1_000_000
#: How long to wait for a cancelled call, which completes at once.
_PATIENCE_SECONDS = 5.0
#: How many completions are taken before other callbacks of the loop may run.
_BATCH_SIZE = 256
_NO_LOOP = (
    "AsyncAnchorbrowser works on an asyncio loop, and none is running here: under trio, make the call of a blocking "
    "Anchorbrowser in trio.to_thread.run_sync"
)

#: Weak references: while calls are in flight, a queue refers to its loop, and only the loop itself
#: may keep the queue alive.
_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[Queue]] = weakref.WeakKeyDictionary()


def of_running_loop(abi: Abi) -> Queue:
    """The queue of the running loop, which is made at the first use."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(_NO_LOOP) from None
    known = _queues.get(loop)
    queue = None if known is None else known()
    if queue is None:
        queue = Queue(abi)
        queue.watch(loop)
        _queues[loop] = weakref.ref(queue)
    return queue


class QueuedCall:
    """A call that is in flight or complete. It must be freed."""

    __slots__ = ("_queue", "context", "future", "handle", "message", "raised", "status", "tag")

    def __init__(self, queue: Queue, tag: int, future: asyncio.Future[None]) -> None:
        self._queue = queue
        #: The context of the task that made the call. Log handlers run in it.
        self.context = copy_context()
        self.tag = tag
        self.handle = c_void_p()
        #: Done when the call is complete.
        self.future = future
        self.status = _status.OK
        self.message: str | None = None
        #: The exception of a log handler that ran during this call.
        self.raised: BaseException | None = None

    def outcome(self) -> Outcome:
        """The outcome of a complete call. Raises its failure, or the exception of a log handler."""
        if self.raised is not None:
            raise self.raised
        outcome = self._queue.read_outcome(self, self.status)
        if self.status != _status.OK:
            raise self.failure(outcome)
        return outcome

    def failure(self, outcome: Outcome | None = None) -> AnchorbrowserError:
        """The exception for a complete call that failed."""
        return failure(self._queue.abi, self.status, self.message, outcome)

    def cancel(self) -> None:
        self._queue.abi.anchor_call_cancel(self.handle)

    def end_at_once(self) -> int | None:
        """Cancels the call and blocks the thread until it completes. Returns its status or None.

        The completion has to be taken: if it is that of a pause, it is counted until it is ended.
        """
        if not self.future.done():
            self.cancel()
            self._queue.take_until_complete(self)
        return self.status if self.future.done() else None

    def free(self) -> None:
        """Frees the call. If it is in flight, it is cancelled and its completion is dropped."""
        self._queue.forget(self)

    def transferred(self) -> tuple[int, int]:
        return call_object.transferred(self._queue.abi, self.handle)


class Queue:
    """The completion queue of one loop. Calls begin and complete on the loop's thread only.

    The loop refers to the queue as a reader function, or by a timer. The queue is freed when the
    loop is closed or garbage-collected, or when the interpreter ends.
    """

    def __init__(self, abi: Abi) -> None:
        self.abi = abi
        self._handle, self._in_flight, self._tags = c_void_p(), dict[int, QueuedCall](), itertools.count(1)
        self._thread = get_ident()
        self._out = call_object.OutBuffers()
        self._strings = self._out.request_id, self._out.result
        self._tag, self._status, self._error = c_uint64(), c_int32(), c_char_p()
        #: The log lines of the call whose completion is being taken.
        self._lines: list[tuple[int, bytes]] = []
        self._completion = byref(self._tag), byref(self._status), byref(self._error)
        check(abi, abi.anchor_queue_new(_CAPACITY, byref(self._handle)))
        weakref.finalize(self, abi.unlocked["anchor_free"], self._handle.value)

    def descriptor(self) -> int:
        """A file descriptor that is readable while completions wait."""
        descriptor = c_int32()
        check(self.abi, self.abi.anchor_queue_fd(self._handle, byref(descriptor)))
        return descriptor.value

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Has completions taken on the loop, which keeps the queue from now on."""
        try:
            loop.add_reader(self.descriptor(), self.take)
        except NotImplementedError:
            try:
                watch(loop, self.descriptor(), self.take)
            except (OSError, RuntimeError) as reason:
                message = f"no thread can wait for completed calls ({reason}): raise the limit, or try again"
                raise failure(self.abi, _status.RESOURCE_EXHAUSTED, message) from reason

    def begin(
        self, function: str, client: c_void_p, arguments: tuple[bytes | None, ...], settings: Settings
    ) -> QueuedCall:
        """Begins a call of the function with this name. Raises what the library refuses at once."""
        abi, error = self.abi, c_char_p()
        call = QueuedCall(self, next(self._tags), asyncio.get_running_loop().create_future())
        handle = call.handle
        shutdown.begin(abi, self._handle)
        try:
            call_object.create(abi, handle, settings)
            check(abi, abi.anchor_call_set_queue(handle, self._handle, call.tag))
            self._in_flight[call.tag] = call
            status = abi.queued[function](client, *arguments, handle, byref(error))
            if status != _status.OK:
                raise failure(abi, status, text_at(error), self.read_outcome(call, status))
        except BaseException:
            self.forget(call)
            raise
        finally:
            if error:
                abi.anchor_free(error)
            shutdown.end(self._handle)
        return call

    def read_outcome(self, call: QueuedCall, status: int) -> Outcome:
        try:
            return self._out.read(self.abi, call.handle, status)
        finally:
            for string in self._strings:
                if string:
                    _free(self.abi, string)

    def forget(self, call: QueuedCall) -> None:
        if self._in_flight.pop(call.tag, None) is not None:
            self.abi.anchor_call_cancel(call.handle)
        self.abi.anchor_free(call.handle)

    def take(self) -> None:
        """Takes a batch of completions. The descriptor stays readable while more of them wait."""
        listener, outer = Listener(self._keep_line), running.get()
        next_, queue, completion = self.abi.anchor_queue_next, self._handle, self._completion
        listener.over, listener.send = False, listener.start()
        shutdown.begin(self.abi, queue)
        try:
            running.set(listener)
            for _ in range(_BATCH_SIZE):
                if next_(queue, 0, *completion) != _status.OK:
                    break
                if listener.raised is not None:
                    break
                self._deliver(None)
        finally:
            # Delivers the completion that was taken last, even if a signal handler raised after it.
            raised, listener.raised, listener.over, listener.send = listener.raised, None, True, not_
            try:
                self._deliver(raised)
            finally:
                running.set(outer)
                shutdown.end(queue)

    def take_until_complete(self, call: QueuedCall) -> None:
        """Blocks until the call is complete. Does nothing on another thread than the loop's."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._thread == get_ident() and not call.future.done() and time.monotonic() < deadline:
            # The future of a closed loop cannot wake the tasks that wait for it.
            with contextlib.suppress(RuntimeError):
                self.take()
            time.sleep(0.001)

    def _keep_line(self, level: int, line: bytes) -> None:
        self._lines.append((level, line))

    def _deliver(self, raised: BaseException | None) -> None:
        """Completes the call whose completion was taken last. A second time does nothing."""
        error, message = self._error, None
        if error:
            message = text_at(error)
            _free(self.abi, error)
        call = self._in_flight.get(self._tag.value)
        if self._lines:
            raised = self._log(copy_context() if call is None else call.context) or raised
        if call is not None:
            call.status, call.message, call.raised = self._status.value, message, raised
            # The call stays in flight until its future is done, in case an interrupt comes in between.
            if not call.future.done():
                call.future.set_result(None)
            self._in_flight.pop(call.tag, None)
        elif raised is not None:
            raise raised

    def _log(self, context: Context) -> BaseException | None:
        """Logs the lines that were kept. Returns the exception of a log handler."""
        lines, self._lines = self._lines, []
        try:
            for line in lines:
                context.run(_logging.log, *line)
        except BaseException as reason:
            return reason
        return None


def _free(abi: Abi, string: c_char_p) -> None:
    """Frees a string once. The variable is NULL first, in case an interrupt comes in between."""
    address, string.value = c_char_p.from_buffer_copy(string), None
    abi.anchor_free(address)


async def wait_until_complete(call: QueuedCall) -> asyncio.CancelledError | None:
    """Waits until the call is complete, even if the task is cancelled meanwhile.

    Returns the last CancelledError, which the caller has to raise.
    """
    cancelled = None
    while not call.future.done():
        try:
            await asyncio.wait([call.future])
        except asyncio.CancelledError as reason:
            cancelled = reason
    return cancelled
