"""The log: a line for each attempt and its result, and nothing unless logging is configured."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import child
import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from interrupting import Interrupt, handling, sent
from libanchor import Anchorbrowser
from sandbox import DEADLINE_SECONDS, Sandbox

LOGGER = logging.getLogger("libanchor")


class Calling(logging.Handler):
    """Calls a function with each record."""

    def __init__(self, function: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self.function = function

    def emit(self, record: logging.LogRecord) -> None:
        self.function(record)


@pytest.fixture
def on_record() -> Iterator[Callable[[Callable[[logging.LogRecord], object]], None]]:
    """Registers functions to call with each record of level INFO and above."""
    handlers: list[logging.Handler] = []

    def add(function: Callable[[logging.LogRecord], object]) -> None:
        handlers.append(Calling(function))
        LOGGER.addHandler(handlers[-1])

    LOGGER.setLevel(logging.INFO)
    yield add
    LOGGER.setLevel(logging.NOTSET)
    for handler in handlers:
        LOGGER.removeHandler(handler)


OnRecord = Callable[[Callable[[logging.LogRecord], object]], None]


def test_an_answer_and_a_failure_are_logged(
    sandbox: Sandbox, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(sandbox, max_retries=1)
    caplog.set_level(logging.INFO, "libanchor")
    client.recordings.pause_recording("fine")
    with pytest.raises(libanchor.InternalServerError):
        client.recordings.pause_recording("500")
    lines = [(record.levelno, record.getMessage()) for record in caplog.records]
    path = "/v1/sessions/500/recordings/pause"
    assert lines[0][1].startswith("POST /v1/sessions/fine/recordings/pause attempt 1, ")
    assert lines[0][1].endswith(" ms: 200, 37 bytes")
    levels = [level for level, line in lines if path in line]
    assert levels == [logging.WARNING] * 2
    assert [line.partition(", ")[0] for _, line in lines[1:]] == [f"POST {path} attempt {n}" for n in (1, 2)]
    assert {record.name for record in caplog.records} == {"libanchor"}
    assert "canary" not in caplog.text


def test_the_level_may_change_later(client: Anchorbrowser, on_record: OnRecord) -> None:
    lines: list[str] = []
    on_record(lambda record: lines.append(record.getMessage()))
    LOGGER.setLevel(logging.WARNING)
    client.recordings.pause_recording("fine")
    assert lines == []
    LOGGER.setLevel(logging.INFO)
    client.recordings.pause_recording("fine")
    assert len(lines) == 1


def test_a_percent_sign_is_not_a_format(client: Anchorbrowser, on_record: OnRecord) -> None:
    lines: list[str] = []
    on_record(lambda record: lines.append(record.getMessage()))
    with pytest.raises(libanchor.NotFoundError):
        client.recordings.pause_recording("ü")
    assert "/v1/sessions/%C3%BC/recordings/pause " in lines[0]


def test_a_record_belongs_to_the_thread_of_its_call(client: Anchorbrowser, on_record: OnRecord) -> None:
    names: list[tuple[str | None, str]] = []
    on_record(lambda record: names.append((record.threadName, threading.current_thread().name)))
    with ThreadPoolExecutor(4, "caller") as pool:
        for future in [pool.submit(client.recordings.pause_recording, "fine") for _ in range(40)]:
            future.result(DEADLINE_SECONDS)
    assert len(names) == 40
    assert all(name == current and current.startswith("caller") for name, current in names)


def test_a_handler_may_make_calls(sandbox: Sandbox, client: Anchorbrowser, on_record: OnRecord) -> None:
    depth: list[None] = []

    def call_once(_: logging.LogRecord) -> None:
        depth.append(None)
        if len(depth) == 1:
            client.recordings.resume_recording("fine")

    before = len(sandbox.requests("fine"))
    on_record(call_once)
    client.recordings.pause_recording("fine")
    assert len(depth) == 2
    assert len(sandbox.requests("fine")) == before + 2


def raise_key_error(_: logging.LogRecord) -> None:
    raise KeyError("mine")


def test_an_exception_of_a_handler_is_raised_by_the_call(
    sandbox: Sandbox, client: Anchorbrowser, on_record: OnRecord
) -> None:
    on_record(raise_key_error)
    with pytest.raises(KeyError, match="mine") as caught:
        client.recordings.pause_recording("fine")
    assert caught.value.__context__ is None
    # The handler raised after the answer.
    assert sandbox.recording("fine") == "paused"


def test_an_exception_of_a_handler_in_another_thread_is_raised_at_the_end(
    sandbox: Sandbox, make_client: MakeClient, on_record: OnRecord
) -> None:
    client = make_client(sandbox, max_retries=1)
    on_record(raise_key_error)
    before = len(sandbox.requests("500"))
    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyError, match="mine"):
        pool.submit(client.recordings.pause_recording, "500").result(DEADLINE_SECONDS)
    assert len(sandbox.requests("500")) == before + 2


def test_a_signal_interrupts_a_handler(client: Anchorbrowser, on_record: OnRecord) -> None:
    def interrupt() -> None:
        raise Interrupt("mine")

    arrived = threading.Event()

    def work(_: logging.LogRecord) -> None:
        arrived.set()
        time.sleep(DEADLINE_SECONDS)

    on_record(work)
    with (
        handling(signal.SIGUSR1, interrupt),
        sent(signal.SIGUSR1, once=arrived.wait),
        pytest.raises(Interrupt, match="mine"),
    ):
        client.recordings.pause_recording("fine")


def test_a_running_call_of_a_closed_client_is_logged(
    start_sandbox: StartSandbox, key: str, on_record: OnRecord
) -> None:
    server = start_sandbox("--session-per-fault")
    lines: list[str] = []
    on_record(lambda record: lines.append(record.getMessage()))
    client = Anchorbrowser(api_key=key, base_url=server.url)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(client.recordings.pause_recording, "delay")
        server.wait_for_request("delay")
        client.close()
        del client
        assert running.result(DEADLINE_SECONDS).http_status == 200
    assert len(lines) == 1


PROGRAM = """
    import libanchor
    client = libanchor.Anchorbrowser(max_retries=0)
    client.recordings.pause_recording("demo")
    try:
        client.recordings.pause_recording("500")
    except libanchor.InternalServerError:
        pass
"""


@pytest.mark.parametrize("value", [None, "", "warning"])
def test_nothing_is_printed_by_default(start_sandbox: StartSandbox, value: str | None) -> None:
    server = start_sandbox("--session", "demo", "--session-per-fault")
    done = child.run(PROGRAM, server) if value is None else child.run(PROGRAM, server, ANCHORBROWSER_LOG=value)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("value", ["info", "debug"])
def test_the_environment_can_turn_on_the_log(start_sandbox: StartSandbox, value: str) -> None:
    done = child.run(PROGRAM, start_sandbox("--session", "demo", "--session-per-fault"), ANCHORBROWSER_LOG=value)
    assert (done.returncode, done.stdout) == (0, "")
    lines = done.stderr.splitlines()
    assert [line.split()[2] for line in lines] == ["INFO", "WARNING"]
    assert "libanchor: POST /v1/sessions/500/recordings/pause attempt 1" in lines[-1]


def test_logging_may_be_imported_after_the_first_call(start_sandbox: StartSandbox) -> None:
    program = """
        import sys
        import libanchor

        def refused():
            try:
                client.recordings.pause_recording("500")
            except libanchor.InternalServerError:
                pass

        client = libanchor.Anchorbrowser(max_retries=0)
        refused()
        assert "logging" not in sys.modules
        import logging
        refused()
        logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s")
        refused()
    """
    done = child.run(program, start_sandbox("--session-per-fault"))
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (0, "", ["libanchor WARNING"])
