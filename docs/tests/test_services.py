"""The recipes for services: each is started as its page says, logs in, tells a failure, and ends when asked to."""

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

#: An address in what the services say when they are ready.
_ADDRESS = re.compile(r"127\.0\.0\.1[: ](\d+)")


@dataclass(frozen=True)
class Service:
    """A service: what starts it, in which folder, and how a session is logged in."""

    command: Callable[[], list[str]]
    folder: Path
    log_in: Callable[[int, str], str]
    gone: str


def gunicorn() -> list[str]:
    # By exec, so that the signal comes to gunicorn.
    script = (SNIPPETS / "sh/gunicorn.sh").read_text(encoding="utf-8")
    return ["sh", "-eu", "-c", f"exec {script}"]


def post(path: str) -> Callable[[int, str], str]:
    """Logs in by HTTP: the status, and what was answered."""

    def log_in(port: int, session: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.DEADLINE_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", path.format(session))
            answer = connection.getresponse()
            return f"{answer.status} {answer.read().decode()}"

    return log_in


def tell(port: int, session: str) -> str:
    """Logs in by a line."""
    with socket.create_connection(("127.0.0.1", port), timeout=programs.DEADLINE_SECONDS) as connection:
        connection.sendall(f"{session}\n".encode())
        return connection.makefile(encoding="utf-8").readline()


APPLICATION = SNIPPETS / "python/gunicorn_app.py"
GO, ASYNCIO = SNIPPETS / "go/http_service.go", SNIPPETS / "python/asyncio_service.py"
SERVICES = [
    pytest.param(Service(gunicorn, APPLICATION.parent, post("/{}"), "404 404 "), id="gunicorn"),
    pytest.param(Service(lambda: programs.command(GO), GO.parent, post("/sessions/{}/login"), "404 404 "), id="go"),
    pytest.param(Service(lambda: programs.command(ASYNCIO), ASYNCIO.parent, tell, "404 "), id="asyncio"),
]


@pytest.mark.parametrize("service", SERVICES)
def test_it_logs_in(service: Service, tmp_path: Path) -> None:
    with started(service, tmp_path) as (server, port, _process):
        for _twice in range(2):
            assert service.log_in(port, "session-id").endswith("logged in\n")
        assert server.asked("session-id") == ["pause", "resume"] * 2
        assert service.log_in(port, "gone").startswith(service.gone)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_paused_is_resumed_when_it_ends(service: Service, tmp_path: Path) -> None:
    slow = ["--fault", "session-id=delay"]
    with started(service, tmp_path, *slow) as (server, port, process), ThreadPoolExecutor() as threads:
        answer = threads.submit(service.log_in, port, "session-id")
        while not server.asked("session-id"):
            assert not answer.done(), answer.result()
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=programs.DEADLINE_SECONDS) == 0
        assert server.asked("session-id") == ["pause", "resume"]
        # Answered, or hung up on after that: either will do.
        answer.exception(timeout=programs.DEADLINE_SECONDS)


@contextlib.contextmanager
def started(service: Service, scratch: Path, *options: str) -> Iterator[tuple[Sandbox, int, subprocess.Popen[str]]]:
    """A service beside a sandbox, and the port that it says it listens on; ended as a supervisor ends it."""
    more = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with sandbox(scratch / "requests.log", "--session", "session-id", *options) as server:
        environment = programs.environment(**server.environment(), **more)
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
    said = ""
    assert service.stdout is not None
    for line in service.stdout:
        said += line
        if address := _ADDRESS.search(line):
            return int(address[1])
    raise AssertionError(f"it does not say where it listens:\n{said}")
