"""A forked child may use and close the clients of its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser
from paths import SOURCES
from sandbox import DEADLINE_SECONDS

_shared: Anchorbrowser | None = None


def in_child(work: Callable[[], object]) -> None:
    """Runs `work` in a forked child, and fails unless it returns there."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise AssertionError("the child hangs")
        time.sleep(0.005)
    assert os.waitstatus_to_exitcode(status) == 0


def pause(client: Anchorbrowser, session: str = "demo") -> None:
    assert client.recordings.pause_recording(session).data.data.status == "paused"


def test_a_child_uses_and_closes_its_parents_client(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    client = make_client(server)
    pause(client)

    def child() -> None:
        pause(client)
        client.close()
        assert client.is_closed()

    in_child(child)
    assert not client.is_closed()
    pause(client)
    connections = [request["connection"] for request in server.requests()]
    # The child has its own connection, and the parent's stays open.
    assert connections[0] == connections[2] != connections[1]


def test_a_child_works_while_threads_of_its_parent_make_calls(
    start_sandbox: StartSandbox, make_client: MakeClient
) -> None:
    server = start_sandbox("--session", "demo")
    client = make_client(server)
    stop = threading.Event()
    failures: list[BaseException] = []

    def keep_calling() -> None:
        try:
            while not stop.is_set():
                pause(client)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=keep_calling) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(20):
            in_child(lambda: pause(client))
    finally:
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)
    assert failures == []


def test_a_child_cannot_end_a_block_of_its_parent(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    paused = make_client(server).recordings.paused("demo")

    def child() -> None:
        with pytest.raises(libanchor.InvalidArgumentError, match="is not held"):
            paused.__exit__(None, None, None)

    with paused:
        assert server.recording("demo") == "paused"
        in_child(child)
        assert server.recording("demo") == "paused"
    assert server.verbs("demo") == ["pause", "resume"]


def _pause_in_pool(session: str) -> str | None:
    assert _shared is not None
    return _shared.recordings.pause_recording(session).data.data.status


def _fail_in_pool(session: str) -> None:
    assert _shared is not None
    _shared.recordings.pause_recording(session)


def test_a_pool_of_forked_processes_shares_a_client(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    global _shared
    sessions = [f"session-{number}" for number in range(8)]
    server = start_sandbox(*(argument for session in sessions for argument in ("--session", session)))
    _shared = make_client(server)
    pause(_shared, "session-0")
    try:
        with multiprocessing.get_context("fork").Pool(3) as pool:
            assert pool.map_async(_pause_in_pool, sessions).get(DEADLINE_SECONDS) == ["paused"] * 8
            failing = pool.apply_async(_fail_in_pool, ("no-such-session",))
            with pytest.raises(libanchor.NotFoundError, match="no-such-session"):
                failing.get(DEADLINE_SECONDS)
    finally:
        _shared = None


def test_parent_and_child_exit_cleanly_with_open_clients(start_sandbox: StartSandbox, key: str, tmp_path: Path) -> None:
    """The finalizers of both run, for clients that nobody closed."""
    server = start_sandbox("--session", "demo")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import os, sys, libanchor
            client = libanchor.Anchorbrowser(max_retries=0)
            client.recordings.pause_recording("demo")
            child = os.fork()
            client.recordings.pause_recording("demo")
            if child:
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        )
    )
    environment = {
        **os.environ,
        "PYTHONPATH": SOURCES,
        "ANCHORBROWSER_API_KEY": key,
        "ANCHORBROWSER_BASE_URL": server.url,
    }
    done = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, timeout=DEADLINE_SECONDS
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert server.verbs("demo") == ["pause"] * 3
