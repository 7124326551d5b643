"""The recipes for services start, log in, report a failure, and resume on SIGTERM."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import programs
import pytest
from repository import SNIPPETS
from sandbox import Sandbox, sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The address that a service prints when it is ready.
_ADDRESS = re.compile(r"127\.0\.0\.1[: ](\d+)")


@dataclass(frozen=True)
class Service:
    """A service: how to start it, in which folder, and how to log in to a session."""

    command: Callable[[], list[str]]
    folder: Path
    log_in: Callable[[int, str], str]
    #: The beginning of the answer for an unknown session.
    unknown_session: str
    #: The beginning of the answer if the login succeeded and the recording was not resumed.
    not_resumed: str


def gunicorn() -> list[str]:
    # With exec, the signal reaches gunicorn itself.
    script = (SNIPPETS / "sh/gunicorn.sh").read_text(encoding="utf-8")
    return ["sh", "-eu", "-c", f"exec {script}"]


def post(path: str) -> Callable[[int, str], str]:
    """Logs in over HTTP, and returns the status and the answer."""

    def log_in(port: int, session: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.DEADLINE_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", path.format(session))
            answer = connection.getresponse()
            return f"{answer.status} {answer.read().decode()}"

    return log_in


def send_line(port: int, session: str) -> str:
    """Logs in by sending a line."""
    with socket.create_connection(("127.0.0.1", port), timeout=programs.DEADLINE_SECONDS) as connection:
        connection.sendall(f"{session}\n".encode())
        return connection.makefile(encoding="utf-8").readline()


APPLICATION = SNIPPETS / "python/gunicorn_app.py"
GO, ASYNCIO = SNIPPETS / "go/http_service.go", SNIPPETS / "python/asyncio_service.py"
SERVICES = [
    pytest.param(Service(gunicorn, APPLICATION.parent, post("/{}"), "404 404 ", "500 logged in, but "), id="gunicorn"),
    pytest.param(
        Service(
            lambda: programs.command(GO),
            GO.parent,
            post("/sessions/{}/login"),
            "404 anchor: 404 ",
            "500 anchor: the body ran",
        ),
        id="go",
    ),
    pytest.param(
        Service(lambda: programs.command(ASYNCIO), ASYNCIO.parent, send_line, "404 ", "logged in, but "), id="asyncio"
    ),
]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_logs_in_and_reports_an_unknown_session(service: Service, tmp_path: Path) -> None:
    with started(service, tmp_path) as (server, port, _process):
        for _twice in range(2):
            assert service.log_in(port, "session-id").endswith("logged in\n")
        assert server.asked("session-id") == ["pause", "resume"] * 2
        assert service.log_in(port, "gone").startswith(service.unknown_session)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_that_the_recording_was_not_resumed(service: Service, tmp_path: Path) -> None:
    # The answer to the pause is also the answer to the resume.
    answers = tmp_path / "answers.tsv"
    answers.write_text('half\tpause\t200\tok\t{"data":{"data":{"status":"paused"}}}\n', encoding="utf-8")
    with started(service, tmp_path, "--answers", str(answers)) as (_server, port, _process):
        answer = service.log_in(port, "half")
        assert answer.startswith(service.not_resumed), answer
        assert "may still be paused" in answer


@pytest.mark.parametrize("service", SERVICES)
def test_a_paused_recording_is_resumed_on_shutdown(service: Service, tmp_path: Path) -> None:
    slow = ["--fault", "session-id=delay"]
    with started(service, tmp_path, *slow) as (server, port, process), ThreadPoolExecutor() as threads:
        answer = threads.submit(service.log_in, port, "session-id")
        while not server.asked("session-id"):
            assert not answer.done(), answer.result()
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=programs.DEADLINE_SECONDS) == 0
        assert server.asked("session-id") == ["pause", "resume"]
        # The request was answered, or its connection was closed afterwards. Both are fine.
        answer.exception(timeout=programs.DEADLINE_SECONDS)


@contextlib.contextmanager
def started(service: Service, scratch: Path, *options: str) -> Iterator[tuple[Sandbox, int, subprocess.Popen[str]]]:
    """Runs a sandbox and a service, and stops the service the way a supervisor does."""
    variables = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with sandbox(scratch / "requests.log", "--session", "session-id", *options) as server:
        environment = programs.environment(**server.environment(), **variables)
        with subprocess.Popen(
            service.command(),
            cwd=service.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield server, _port(process), process
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=programs.DEADLINE_SECONDS) == 0
            finally:
                process.kill()


def _port(service: subprocess.Popen[str]) -> int:
    output = ""
    assert service.stdout is not None
    for line in service.stdout:
        output += line
        if address := _ADDRESS.search(line):
            return int(address[1])
    raise AssertionError(f"the service printed no address:\n{output}")
