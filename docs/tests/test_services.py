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
from pathlib import Path
from typing import TYPE_CHECKING

import programs
from repository import SNIPPETS
from sandbox import Sandbox, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

#: An address in what the services say when they are ready.
_ADDRESS = re.compile(r"127\.0\.0\.1[: ](\d+)")


def test_gunicorn(tmp_path: Path) -> None:
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"PATH": scripts, "GUNICORN_CMD_ARGS": "--bind 127.0.0.1:0"}
    script = (SNIPPETS / "sh/gunicorn.sh").read_text(encoding="utf-8")
    # By exec, so that the signal comes to gunicorn.
    command = ["sh", "-eu", "-c", f"exec {script}"]
    application = SNIPPETS / "python/gunicorn_app.py"
    with started(command, application.parent, tmp_path, **more) as (server, port):
        for _twice in range(2):
            assert post(port, "/session-id") == (200, "logged in\n")
        assert server.asked("session-id") == ["pause", "resume"] * 2
        assert post(port, "/gone")[0] == 404


def test_go(tmp_path: Path) -> None:
    with started(programs.command(SNIPPETS / "go/http_service.go"), tmp_path, tmp_path) as (server, port):
        assert post(port, "/sessions/session-id/login") == (200, "logged in\n")
        assert server.asked("session-id") == ["pause", "resume"]
        assert post(port, "/sessions/gone/login")[0] == 404


def test_asyncio(tmp_path: Path) -> None:
    with started(programs.command(SNIPPETS / "python/asyncio_service.py"), tmp_path, tmp_path) as (server, port):
        assert tell(port, "session-id") == "logged in"
        assert server.asked("session-id") == ["pause", "resume"]
        assert tell(port, "gone").startswith("404 ")


@contextlib.contextmanager
def started(command: list[str], folder: Path, scratch: Path, **more: str) -> Iterator[tuple[Sandbox, int]]:
    """A service beside a sandbox, and the port that it says it listens on; ended as a supervisor ends it."""
    with sandbox(scratch / "requests.log", "--session", "session-id") as server:
        environment = programs.environment(**server.environment(), PYTHONDONTWRITEBYTECODE="1", **more)
        with subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as service:
            try:
                yield server, _port(service)
                service.send_signal(signal.SIGTERM)
                code = service.wait(timeout=programs.DEADLINE_SECONDS)
                # A program of asyncio's leaves SIGTERM as it is.
                assert code in (0, -signal.SIGTERM)
            finally:
                service.kill()


def _port(service: subprocess.Popen[str]) -> int:
    said = ""
    assert service.stdout is not None
    for line in service.stdout:
        said += line
        if address := _ADDRESS.search(line):
            return int(address[1])
    raise AssertionError(f"it does not say where it listens:\n{said}")


def post(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=programs.DEADLINE_SECONDS)
    try:
        connection.request("POST", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def tell(port: int, session: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=programs.DEADLINE_SECONDS) as connection:
        connection.sendall(f"{session}\n".encode())
        return connection.makefile(encoding="utf-8").readline().rstrip("\n")
