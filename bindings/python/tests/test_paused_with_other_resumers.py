"""Another program may resume while a block runs. No block begins while the session is recorded."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest
from conftest import MakeAsyncClient, MakeClient, Run
from libanchor import Anchorbrowser, AsyncAnchorbrowser
from paths import SOURCES
from sandbox import DEADLINE_SECONDS, Sandbox

TIMES = 20


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


class Process:
    """Another process with its own client. It begins and ends a block on command."""

    PROGRAM = """
        import libanchor

        with libanchor.Anchorbrowser(max_retries=0) as client:
            paused = client.recordings.paused("demo")
            while command := input():
                if command == "begin":
                    paused.__enter__()
                else:
                    paused.__exit__(None, None, None)
                print("done", flush=True)
    """

    def __init__(self, server: Sandbox) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(self.PROGRAM)],
            env={
                **os.environ,
                "PYTHONPATH": SOURCES,
                "ANCHORBROWSER_API_KEY": server.key,
                "ANCHORBROWSER_BASE_URL": server.url,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def stop(self) -> None:
        self._process.communicate("\n", timeout=DEADLINE_SECONDS)
        assert self._process.returncode == 0


@pytest.fixture
def process(server: Sandbox) -> Iterator[Process]:
    other = Process(server)
    yield other
    other.stop()


def test_another_process_ends_its_block_first(server: Sandbox, client: Anchorbrowser, process: Process) -> None:
    for _ in range(TIMES):
        process.run("begin")
        assert server.recording("demo") == "paused"
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            # The processes do not know of each other, so this one resumes during the block.
            process.run("end")
            assert server.recording("demo") == "recording"
            with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
            assert server.recording("demo") == "paused"
        assert server.recording("demo") == "recording"


def test_another_process_ends_its_block_last(server: Sandbox, client: Anchorbrowser, process: Process) -> None:
    for _ in range(TIMES):
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            process.run("begin")
            assert server.recording("demo") == "paused"
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            process.run("end")
            with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
    assert server.recording("demo") == "recording"


#: How the recording is resumed while a block runs.
OTHERS: dict[str, Callable[[Sandbox, Anchorbrowser, MakeClient], object]] = {
    "the same client": lambda _server, client, _make: client.recordings.resume_recording("demo"),
    "its copy": lambda _server, client, _make: client.with_options(timeout=5).recordings.resume_recording("demo"),
    "another client": lambda server, _client, make: make(server).recordings.resume_recording("demo"),
    "another program": lambda server, _client, _make: server.send("demo", "resume"),
}


@pytest.mark.parametrize("resume", OTHERS.values(), ids=OTHERS)
def test_a_block_begins_paused_after_somebody_resumed(
    server: Sandbox,
    client: Anchorbrowser,
    make_client: MakeClient,
    resume: Callable[[Sandbox, Anchorbrowser, MakeClient], object],
) -> None:
    for _ in range(3):
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            resume(server, client, make_client)
            assert server.recording("demo") == "recording"
            with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                resume(server, client, make_client)
            # A block after the nested one, within the outer one.
            with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
        assert server.recording("demo") == "recording"
        resume(server, client, make_client)
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"


def test_a_block_of_a_task_begins_paused_after_somebody_resumed(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        client: AsyncAnchorbrowser = make_async_client(server)
        other = make_async_client(server)
        for _ in range(3):
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                await other.recordings.resume_recording("demo")
                assert server.recording("demo") == "recording"
                async with client.recordings.paused("demo"):
                    assert server.recording("demo") == "paused"
                    await client.recordings.resume_recording("demo")
                await asyncio.gather(*(block(client) for _ in range(5)))
            assert server.recording("demo") == "recording"

    async def block(client: AsyncAnchorbrowser) -> None:
        async with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"

    run(main())


def test_a_block_of_a_task_begins_paused_after_another_process_resumed(
    server: Sandbox, make_async_client: MakeAsyncClient, process: Process, run: Run
) -> None:
    async def main() -> None:
        client = make_async_client(server)
        for _ in range(TIMES):
            process.run("begin")
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                process.run("end")
                async with client.recordings.paused("demo"):
                    assert server.recording("demo") == "paused"

    run(main())
    assert server.recording("demo") == "recording"
