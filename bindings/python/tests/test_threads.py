"""Many threads use one client; one may close it beside the calls of others."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from answering import answering
from conftest import MakeClient, StartSandbox
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
    # The server is a thread of this process: a GIL held through the call would keep it from answering.
    with answering() as server:
        assert pause(make_client(server.url, timeout=10), "demo") == "paused"


def test_a_call_under_way_outlives_its_client(make_client: MakeClient) -> None:
    with answering(at_once=False) as server, ThreadPoolExecutor(1) as pool:
        client = make_client(server.url)
        under_way = pool.submit(pause, client, "demo")
        assert server.asked.wait(DEADLINE_SECONDS)
        client.close()
        with pytest.raises(ClientClosedError):
            pause(client, "demo")
        assert not under_way.done()
        server.may_answer.set()
        assert under_way.result(DEADLINE_SECONDS) == "paused"
    assert len(server.paths) == 1


def test_a_close_beside_many_calls(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
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
