"""Cancelling a task ends its call at once, leaves other calls alone, and frees everything."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

import pytest
from conftest import MakeAsyncClient, Run, StartSandbox
from libanchor import AsyncAnchorbrowser
from libanchor._native import library, queue
from sandbox import DEADLINE_SECONDS, Sandbox

DESCRIPTORS = Path("/proc/self/fd")


async def until(condition: object) -> None:
    """Waits until the condition is true. Other threads make it so."""
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0.005)


def this_queue() -> queue.Queue:
    return queue.of_running_loop(library.load())


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session-per-fault")


def test_cancelling_a_task_ends_only_its_call(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        client = make_async_client(server)
        stalled = asyncio.create_task(client.recordings.pause_recording("stall"))
        delayed = asyncio.create_task(client.recordings.pause_recording("delay"))
        await until(lambda: server.requests("stall") and server.requests("delay"))
        begun = time.monotonic()
        stalled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stalled
        assert time.monotonic() - begun < 1
        assert (await delayed).data.data.status == "paused"
        await client.recordings.pause_recording("demo")
        assert this_queue()._in_flight == {}

    run(main())


def test_many_tasks_can_be_cancelled(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        client = make_async_client(server)
        await client.recordings.pause_recording("demo")
        before = len(list(DESCRIPTORS.iterdir()))
        for seconds in (0, 0, 0.1):
            tasks = [asyncio.create_task(client.recordings.pause_recording("stall")) for _ in range(50)]
            others = [asyncio.create_task(client.recordings.pause_recording("demo")) for _ in range(50)]
            await asyncio.sleep(seconds)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(each) for each in results} == {asyncio.CancelledError}
            await asyncio.gather(*others)
        assert this_queue()._in_flight == {}
        # The connections of cancelled calls are closed. Others stay open for the next call.
        await until(lambda: len(list(DESCRIPTORS.iterdir())) <= before + 60)

    run(main())


def test_a_timeout_of_asyncio_ends_the_call(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(make_async_client(server).recordings.pause_recording("stall"), 0.2)
        assert this_queue()._in_flight == {}

    run(main())


def test_a_call_may_complete_while_it_is_cancelled(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        client = make_async_client(server)
        for pause in [0.0, 0.0005, 0.001, 0.002] * 25:
            task = asyncio.create_task(client.recordings.pause_recording("demo"))
            await asyncio.sleep(pause)
            task.cancel()
            await asyncio.wait([task])
        await client.recordings.pause_recording("demo")
        assert this_queue()._in_flight == {}

    run(main())


def test_a_cancelled_download_stops_writing_to_its_file(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run, tmp_path: Path
) -> None:
    async def main() -> None:
        recordings = make_async_client(server).recordings
        for _ in range(3):
            # The next download may write to the same file at once.
            task = asyncio.create_task(recordings.download_recording("stall", tmp_path / "video.mp4"))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await recordings.download_recording("demo", tmp_path / "video.mp4")

    run(main())
    assert [file.name for file in tmp_path.glob("*.mp4")] == ["video.mp4"]


def test_closing_a_coroutine_ends_its_call(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        call = make_async_client(server).recordings.pause_recording("stall")
        call.send(None)
        assert len(this_queue()._in_flight) == 1
        call.close()
        assert this_queue()._in_flight == {}

    run(main())


def test_a_closed_loop_frees_its_queue_and_calls(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main(client: AsyncAnchorbrowser) -> int:
        client._begin("anchor_pause_recording", (b"stall",), client._settings)
        await until(lambda: server.requests("stall"))
        return this_queue().descriptor()

    loop = run.new_loop()
    descriptor = loop.run_until_complete(main(make_async_client(server)))
    assert target_of(descriptor) == "anon_inode:[eventfd]"
    loop.close()
    del loop
    deadline = time.monotonic() + DEADLINE_SECONDS
    while target_of(descriptor) == "anon_inode:[eventfd]":
        assert time.monotonic() < deadline
        gc.collect()
        time.sleep(0.01)


def target_of(descriptor: int) -> str | None:
    try:
        return str((DESCRIPTORS / str(descriptor)).readlink())
    except FileNotFoundError:
        return None
