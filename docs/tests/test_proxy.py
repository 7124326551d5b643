"""The recipe for a proxy and a CA file uses the proxy, and trusts only that CA."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import programs
import pytest
from repository import SNIPPETS
from sandbox import Sandbox, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECIPES = ["c/proxy.c", "python/proxy.py"]


@pytest.mark.parametrize("snippet", RECIPES)
def test_the_call_goes_through_the_proxy(snippet: str, tmp_path: Path) -> None:
    with tls_sandbox(tmp_path) as server, proxy() as (url, asked):
        done = run(snippet, server, server.ca_file, url)
        assert (done.returncode, done.stderr) == (0, "")
        assert server.asked("session-id") == ["pause"]
        assert asked == [f"CONNECT {server.url.removeprefix('https://')} HTTP/1.1"]


@pytest.mark.parametrize("snippet", RECIPES)
def test_the_certificate_of_another_ca_is_refused(snippet: str, tmp_path: Path) -> None:
    with tls_sandbox(tmp_path) as server, tls_sandbox(tmp_path) as other, proxy() as (url, _asked):
        done = run(snippet, server, other.ca_file, url)
        assert done.returncode == 1
        assert "certificate" in done.stderr
        assert server.asked("session-id") == []


def tls_sandbox(folder: Path) -> AbstractContextManager[Sandbox]:
    return sandbox(folder / "requests.log", "--tls", "--session", "session-id")


def run(snippet: str, server: Sandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*programs.command(SNIPPETS / snippet), *arguments],
        env=programs.environment(**server.environment()),
        capture_output=True,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that tunnels one connection, and the requests that it received."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, asked), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked


def _serve(listener: socket.socket, asked: list[str]) -> None:
    client, _address = listener.accept()
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    asked.append(head.decode().partition("\r\n")[0])
    host, _, port = head.decode().split()[1].partition(":")
    server = socket.create_connection((host, int(port)))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    threading.Thread(target=_copy, args=(server, client), daemon=True).start()
    _copy(client, server)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # Either side closed its connection.
        return
