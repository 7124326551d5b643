"""An exception of a signal handler ends a blocking call at once, and is raised by it."""

from __future__ import annotations

import gc
import signal
import threading
import time
import traceback
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import child
import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from fake_server import serving
from interrupting import Interrupt, handling, sent
from libanchor import Anchorbrowser
from sandbox import DEADLINE_SECONDS, Sandbox

#: The library checks every 50 milliseconds. This limit leaves time for a busy machine, and is far
#: below the timeouts of these tests.
AT_ONCE_SECONDS = 1.0
STALL_SECONDS = 10.0


pytestmark = pytest.mark.usefixtures("interruptible")


def raise_interrupt() -> None:
    raise Interrupt("mine")


CALLS: dict[str, Callable[[Anchorbrowser, str], object]] = {
    "pause": lambda client, _: client.recordings.pause_recording("stall"),
    "resume": lambda client, _: client.recordings.resume_recording("stall"),
    "list": lambda client, _: client.recordings.list_recordings("stall"),
    "delete": lambda client, _: client.recordings.delete_recording("stall", "primary"),
    "download": lambda client, file: client.recordings.download_recording("stall", file),
    "fetch": lambda client, _: client.recordings.fetch_primary_recording("stall"),
    "request": lambda client, _: client.request("GET", "/v1/sessions/stall/recordings"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_ctrl_c_ends_a_stalled_call(
    sandbox: Sandbox, make_client: MakeClient, tmp_path: Path, call: Callable[[Anchorbrowser, str], object]
) -> None:
    client = make_client(sandbox, timeout=STALL_SECONDS)
    with sent(signal.SIGINT, after=0.3) as moments, pytest.raises(KeyboardInterrupt) as caught:
        call(client, str(tmp_path / "video.mp4"))
    assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
    assert not hasattr(caught.value, "__notes__")
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_the_wait_between_two_attempts(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox, timeout=STALL_SECONDS, max_retries=5)
    # Each answer asks to wait for a second.
    with sent(signal.SIGINT, after=0.3) as moments, pytest.raises(KeyboardInterrupt):
        client.recordings.pause_recording("429")
    assert time.monotonic() - moments[0] < AT_ONCE_SECONDS


def test_the_exception_of_a_handler_keeps_its_traceback(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox, timeout=STALL_SECONDS)
    with handling(signal.SIGALRM, raise_interrupt):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Interrupt, match="mine") as caught:
            client.recordings.pause_recording("stall")
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-1] == "raise_interrupt"
    assert "pause_recording" in names


@pytest.mark.parametrize("number", [signal.SIGALRM, signal.SIGUSR1])
def test_a_handler_that_returns_lets_the_call_continue(make_client: MakeClient, number: int) -> None:
    handled: list[float] = []
    with serving(at_once=False) as server, handling(number, lambda: handled.append(time.monotonic())):

        def answer_when_handled() -> None:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while not handled and time.monotonic() < deadline:
                time.sleep(0.005)
            server.may_answer.set()

        with ThreadPoolExecutor(1) as pool, sent(number, once=server.requested.wait):
            pool.submit(answer_when_handled)
            # The server waits for the handler, so it has to run during the call.
            assert make_client(server.url).recordings.pause_recording("demo").data.data.status == "paused"
    assert len(handled) == 1


def test_a_handler_may_make_calls(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox, timeout=STALL_SECONDS)
    codes: list[int] = []

    def call_and_raise() -> None:
        codes.append(client.recordings.pause_recording("fine").http_status)
        client.recordings.pause_recording("404")

    with (
        handling(signal.SIGUSR1, call_and_raise),
        sent(signal.SIGUSR1, after=0.1),
        pytest.raises(libanchor.NotFoundError),
    ):
        client.recordings.pause_recording("stall")
    assert codes == [200]


def test_a_call_can_be_interrupted_after_a_handler_made_another(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox, timeout=STALL_SECONDS)
    with (
        handling(signal.SIGUSR1, lambda: client.recordings.pause_recording("fine")),
        sent(signal.SIGUSR1, after=0.1),
        sent(signal.SIGINT, after=0.5) as moments,
        pytest.raises(KeyboardInterrupt),
    ):
        client.recordings.pause_recording("stall")
    assert time.monotonic() - moments[0] < AT_ONCE_SECONDS


def test_an_interrupted_call_leaves_nothing_behind(sandbox: Sandbox, make_client: MakeClient) -> None:
    """No reference cycle keeps the exception alive, and the next call of the thread works."""
    client = make_client(sandbox, timeout=STALL_SECONDS)
    gc.disable()
    try:
        with handling(signal.SIGUSR1, raise_interrupt), sent(signal.SIGUSR1, after=0.1):
            try:
                client.recordings.pause_recording("stall")
            except Interrupt as interrupt:
                reference = weakref.ref(interrupt)
        assert reference() is None
    finally:
        gc.enable()
    assert client.recordings.pause_recording("fine").http_status == 200


def test_an_interrupt_before_the_call_sends_nothing(sandbox: Sandbox, client: Anchorbrowser) -> None:
    before = len(sandbox.requests())
    with handling(signal.SIGUSR1, raise_interrupt), pytest.raises(Interrupt):
        signal.raise_signal(signal.SIGUSR1)
        client.recordings.pause_recording("fine")
    assert len(sandbox.requests()) == before


def test_no_exception_of_two_handlers_is_lost(sandbox: Sandbox, make_client: MakeClient) -> None:
    """One is raised, and the other is its context."""

    def raise_another() -> None:
        raise KeyError("another")

    client = make_client(sandbox, timeout=STALL_SECONDS)
    with (
        handling(signal.SIGUSR1, raise_interrupt),
        handling(signal.SIGUSR2, raise_another),
        sent(signal.SIGUSR1, signal.SIGUSR2, after=0.1),
        pytest.raises((Interrupt, KeyError)) as caught,
    ):
        client.recordings.pause_recording("stall")
        # The second handler may run after the call has ended.
        time.sleep(0)
    assert {type(caught.value), type(caught.value.__context__)} == {Interrupt, KeyError}


def test_ctrl_c_ends_a_call_while_many_others_run(sandbox: Sandbox, make_client: MakeClient) -> None:
    """There are more calls than pooled runtimes, so that some share one."""
    client = make_client(sandbox, timeout=4)

    def stall() -> None:
        with pytest.raises(libanchor.APITimeoutError):
            client.recordings.pause_recording("stall")

    before = len(sandbox.requests("stall"))
    with ThreadPoolExecutor(40) as pool:
        others = [pool.submit(stall) for _ in range(40)]
        deadline = time.monotonic() + 3
        while len(sandbox.requests("stall")) < before + 40 and time.monotonic() < deadline:
            time.sleep(0.01)
        with sent(signal.SIGINT, after=0.2) as moments, pytest.raises(KeyboardInterrupt):
            client.recordings.pause_recording("stall")
        assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
        for other in others:
            other.result(DEADLINE_SECONDS)


def test_calls_of_other_threads_have_no_progress_checks(
    sandbox: Sandbox, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(sandbox)
    set_progress = client._abi.anchor_call_set_progress
    checked: list[bool] = []

    def spying(*arguments: Any) -> Any:
        checked.append(threading.current_thread() is threading.main_thread())
        return set_progress(*arguments)

    monkeypatch.setattr(client._abi, "anchor_call_set_progress", spying)
    client.recordings.pause_recording("fine")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.recordings.pause_recording, "fine").result(DEADLINE_SECONDS)
    assert checked == [True]


def test_ctrl_c_does_not_end_a_call_of_another_thread(make_client: MakeClient) -> None:
    with serving(at_once=False) as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(make_client(server.url).recordings.pause_recording, "demo")
        assert server.requested.wait(DEADLINE_SECONDS)
        with sent(signal.SIGINT), pytest.raises(KeyboardInterrupt):
            time.sleep(STALL_SECONDS)
        assert not running.done()
        server.may_answer.set()
        assert running.result(DEADLINE_SECONDS).data.data.status == "paused"


#: Makes calls while hundreds of signals arrive. Most of their handlers raise. Every exception must
#: be raised, and every call object must be freed: the table of handles must have the same free
#: slots as before. If the session is refused at once, most signals arrive during Python's part of
#: a call.
STORM = """
    import contextlib, ctypes, logging, os, random, signal, sys, time
    import libanchor
    from libanchor._native import library

    raised, seen, chance = [], set(), random.Random(7)

    class Interrupt(BaseException):
        pass

    def interrupt(*_):
        global counting
        if not armed or counting or chance.random() > 0.7:
            return
        # A signal that arrives during the counting would replace the exception.
        counting = True
        error = Interrupt(len(raised))
        raised.append(len(raised))
        counting = False
        raise error

    def note(interrupt):
        while interrupt is not None:
            seen.update(interrupt.args)
            interrupt = interrupt.__context__

    def free_slots():
        calls = [ctypes.c_void_p() for _ in range(8)]
        assert [abi.anchor_call_new(ctypes.byref(call)) for call in calls] == [0] * 8
        # The lower half of a handle is its slot in the table.
        slots = sorted(call.value & 0xFFFFFFFF for call in calls)
        assert [abi.anchor_free(call) for call in calls] == [0] * 8
        return slots

    mode, session = sys.argv[1:]
    logging.basicConfig(filename=os.devnull, level=logging.INFO if mode == "logging" else logging.ERROR)
    client, abi = libanchor.Anchorbrowser(max_retries=0), library.load()
    before, armed, counting = free_slots(), False, False
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.00037)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            armed = True
            for _ in range(20):
                with contextlib.suppress(libanchor.InvalidArgumentError):
                    client.recordings.pause_recording(session)
            armed = False
        except Interrupt as caught:
            armed = False
            note(caught)
    print(len(raised), len(set(raised) - seen), free_slots() == before)
"""


@pytest.mark.parametrize("session", ["demo", "stall", ".."])
@pytest.mark.parametrize("mode", ["quiet", "logging"])
def test_no_exception_is_lost_in_a_storm_of_signals(start_sandbox: StartSandbox, mode: str, session: str) -> None:
    done = child.run(STORM, start_sandbox("--session", "demo", "--session-per-fault"), mode, session)
    assert done.stderr == ""
    raised, lost, freed_all = done.stdout.split()
    assert int(raised) >= 10
    assert (lost, freed_all) == ("0", "True")
