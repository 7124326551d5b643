"""Many threads share a client, and one may close it during the calls of others."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import MakeClient, StartSandbox
from fake_server import serving
from libanchor import Anchorbrowser, ClientClosedError
from sandbox import DEADLINE_SECONDS


def pause(client: Anchorbrowser, session: str) -> str | None:
    return client.recordings.pause_recording(session).data.data.status


def test_many_threads_share_a_client(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    sessions = [f"session-{number}" for number in range(16)]
    server = start_sandbox(*(argument for session in sessions for argument in ("--session", session)))
    client = make_client(server)
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(pause, client, session) for session in sessions * 20]
        assert {future.result(DEADLINE_SECONDS) for future in futures} == {"paused"}
    assert len(server.requests()) == 320


def test_other_threads_run_during_a_call(make_client: MakeClient) -> None:
    # The server is a thread of this process. It could not answer if the call kept the GIL.
    with serving() as server:
        assert pause(make_client(server.url, timeout=10), "demo") == "paused"


def test_a_running_call_finishes_after_its_client_was_closed(make_client: MakeClient) -> None:
    with serving(at_once=False) as server, ThreadPoolExecutor(1) as pool:
        client = make_client(server.url)
        running = pool.submit(pause, client, "demo")
        assert server.requested.wait(DEADLINE_SECONDS)
        client.close()
        with pytest.raises(ClientClosedError):
            pause(client, "demo")
        assert not running.done()
        server.may_answer.set()
        assert running.result(DEADLINE_SECONDS) == "paused"
    assert len(server.paths) == 1


def test_a_client_is_closed_during_many_calls(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")

    def until_closed(client: Anchorbrowser, begun: threading.Barrier) -> int:
        begun.wait(DEADLINE_SECONDS)
        paused = 0
        while True:
            try:
                assert pause(client, "demo") == "paused"
            except ClientClosedError:
                return paused
            paused += 1

    paused = 0
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            client, begun = make_client(server), threading.Barrier(9)
            futures = [pool.submit(until_closed, client, begun) for _ in range(8)]
            begun.wait(DEADLINE_SECONDS)
            pause(client, "demo")
            client.close()
            paused += sum(future.result(DEADLINE_SECONDS) for future in futures)
    assert paused > 0


def test_many_threads_close_a_client(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(100):
            client = make_client(server)
            for future in [pool.submit(client.close) for _ in range(8)]:
                future.result(DEADLINE_SECONDS)
            assert client.is_closed()
