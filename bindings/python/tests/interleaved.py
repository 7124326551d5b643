"""Calls that interleave: a program runs `work` in many greenlets or threads at once.

`switch` lets another of them continue. Every progress function and every logging handler calls it,
so calls are suspended in their callbacks while others begin, run and end on the same thread. Each
call must end in its own way, and callbacks must find the thread as the program left it.
"""

from __future__ import annotations

import ctypes
import logging
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import libanchor

WORKERS = 20
CYCLES = 10
#: What one worker does: see `Worker.cycle` and `Worker.work`.
CALLS = 10 * CYCLES + 1
DOWNLOADS = CYCLES

#: Blocked by the program in all its threads. No part of a call concerns them.
MASK = {signal.SIGUSR2, signal.SIGWINCH}
_set_cancel_state = ctypes.PyDLL(None).pthread_setcancelstate


class Mine(Exception):
    """Raised by the callbacks of a worker. Only its own call may raise it."""


def check_thread() -> None:
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == MASK
    before = ctypes.c_int(-1)
    assert _set_cancel_state(0, ctypes.byref(before)) == 0
    assert before.value == 0, "the cancellation of the thread is off"


class Switching(logging.Handler):
    """Switches in each record, and raises the exception that waits for its session, if any."""

    def __init__(self, switch: Callable[[], object]) -> None:
        super().__init__()
        self.switch = switch
        self.waiting: dict[str, Mine] = {}
        self.records = 0

    def createLock(self) -> None:  # noqa: N802 # the name of the base class
        """No lock: it would be held during the switch."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        check_thread()
        session = record.getMessage().split()[1].split("/")[3]
        self.records += 1
        self.switch()
        check_thread()
        if session in self.waiting:
            raise self.waiting.pop(session)


class Worker:
    """Makes calls about a session of its own."""

    def __init__(self, client: libanchor.Anchorbrowser, session: str, handler: Switching) -> None:
        self.client = client
        self.recordings = client.recordings
        self.session = session
        self.handler = handler
        self.calls = self.downloads = 0

    def cycle(self, file: Path) -> None:
        """Makes ten calls and downloads once, or fails to."""
        assert self.recordings.pause_recording(self.session).data.data.status == "paused"
        assert self.recordings.resume_recording(self.session).data.data.status == "recording"
        check_thread()
        with self.recordings.paused(self.session):
            check_thread()
            assert self.recordings.list_recordings(self.session).data.count == 1
        assert self.client.request("GET", f"/v1/sessions/{self.session}/recordings")
        self.fails(libanchor.NotFoundError, "missing")
        self.fails(libanchor.InternalServerError, "500")
        self.fails(libanchor.APIResponseValidationError, "html")
        self.handler.waiting[self.session] = expected = Mine(self.session)
        try:
            self.recordings.pause_recording(self.session)
        except Mine as raised:
            assert raised is expected
        else:
            raise AssertionError("the exception of the handler was not raised")
        self.calls += 10
        self.download(file)
        check_thread()

    def fails(self, expected: type[Exception], session: str) -> None:
        try:
            self.recordings.pause_recording(session)
        except expected:
            check_thread()
        else:
            raise AssertionError(f"{session} did not fail")

    def download(self, file: Path) -> None:
        """Every third download is ended by its progress function."""
        expected = Mine(self.session) if self.downloads % 3 == 2 else None

        def progress(done: int, total: int | None) -> None:
            check_thread()
            assert 0 <= done <= 4096 and total in (None, 4096)
            self.handler.switch()
            check_thread()
            if expected is not None:
                raise expected

        try:
            size = self.recordings.download_recording(self.session, file, progress=progress).size
        except Mine as raised:
            assert raised is expected
        else:
            assert expected is None and size == file.stat().st_size == 4096
        self.downloads += 1

    def work(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(CYCLES):
                self.cycle(Path(folder, "video.mp4"))
        try:
            self.recordings.pause_recording("stall", timeout=0.1)
        except libanchor.APITimeoutError:
            self.calls += 1
        check_thread()


def run(switch: Callable[[], object], run_all: Callable[[list[Callable[[], None]]], object]) -> None:
    """Runs all workers by `run_all`, and prints the numbers of calls, downloads and records."""
    signal.pthread_sigmask(signal.SIG_SETMASK, MASK)
    handler = Switching(switch)
    logger = logging.getLogger("libanchor")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    client = libanchor.Anchorbrowser(max_retries=0)
    workers = [Worker(client, f"session-{number}", handler) for number in range(WORKERS)]
    run_all([worker.work for worker in workers])
    check_thread()
    assert handler.records >= WORKERS * CYCLES * 10
    print(sum(worker.calls for worker in workers), sum(worker.downloads for worker in workers))
