"""Many calls on one loop, calls on several loops, and the end of loops and interpreters."""

from __future__ import annotations

import _thread
import asyncio
import gc
import selectors
import socket
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import child
import libanchor
import pytest
from conftest import LoopWithoutReaders, MakeAsyncClient, Run, StartSandbox
from libanchor import AsyncAnchorbrowser
from libanchor._native import queue
from sandbox import DEADLINE_SECONDS, Sandbox
from test_async_cancel import DESCRIPTORS, this_queue, until
from test_fork import in_child

THREADS = Path("/proc/self/task")
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


async def pause(client: AsyncAnchorbrowser, times: int = 1) -> None:
    answers = await asyncio.gather(*(client.recordings.pause_recording("demo") for _ in range(times)))
    assert {answer.data.data.status for answer in answers} == {"paused"}


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session-per-fault")


def test_thousands_of_parallel_calls_take_one_thread(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        client = make_async_client(server)
        await pause(client)
        before = len(list(THREADS.iterdir()))
        task = asyncio.create_task(pause(client, 2000))
        while not task.done():
            assert len(list(THREADS.iterdir())) <= before
            await asyncio.sleep(0.005)
        await task
        assert this_queue()._in_flight == {}

    run(main())
    assert len(server.requests("demo")) == 2001


@pytest.mark.parametrize("selector", ["DefaultSelector", "SelectSelector"])
def test_the_thread_that_watches_for_a_loop_ends_with_it(
    server: Sandbox, make_async_client: MakeAsyncClient, monkeypatch: pytest.MonkeyPatch, selector: str
) -> None:
    def counts() -> list[int]:
        gc.collect()
        return [len(list(folder.iterdir())) for folder in (THREADS, DESCRIPTORS)]

    def wait_for(most: list[int]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while any(now > before for now, before in zip(counts(), most, strict=True)):
            assert time.monotonic() < deadline, (counts(), most)
            time.sleep(0.01)

    # select fails if a descriptor is closed meanwhile, as on Windows, and epoll does not.
    monkeypatch.setattr(selectors, "DefaultSelector", getattr(selectors, selector))
    ended = pytest.PytestUnhandledThreadExceptionWarning, pytest.PytestUnraisableExceptionWarning
    client, run, before = make_async_client(server), Run(LoopWithoutReaders), counts()
    run(pause(client))
    # The connection stays open.
    wait_for([before[0], before[1] + 1])
    with warnings.catch_warnings():
        for category in ended:
            warnings.simplefilter("error", category)
        for _ in range(300):
            run(pause(client))
        wait_for([before[0], before[1] + 1])


@pytest.mark.parametrize("lacking", ["socketpair", "DefaultSelector", "start_new_thread"])
def test_a_loop_whose_thread_cannot_start_raises_and_keeps_nothing(
    server: Sandbox, make_async_client: MakeAsyncClient, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread") if lacking == "start_new_thread" else OSError(24, "Too many")

    async def main() -> None:
        client = make_async_client(server)
        module = {"socketpair": socket, "DefaultSelector": selectors, "start_new_thread": _thread}[lacking]
        before = len(list(DESCRIPTORS.iterdir()))
        with monkeypatch.context() as patch:
            patch.setattr(module, lacking, refuse)
            for _ in range(3):
                with pytest.raises(libanchor.ResourceExhaustedError, match="no thread can wait"):
                    await client.recordings.pause_recording("demo")
        gc.collect()
        assert len(list(DESCRIPTORS.iterdir())) == before
        await pause(client)

    Run(LoopWithoutReaders)(main())


def test_other_callbacks_run_between_batches_of_completions(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        client, used_queue = make_async_client(server), this_queue()
        calls = [client._begin("anchor_resume_recording", (b"demo",), client._settings) for _ in range(600)]
        # The calls complete while the loop does not run.
        wait_for_requests()
        turns = 0
        while not all(call.future.done() for call in calls):
            turns += 1
            await asyncio.sleep(0)
        assert turns > 2
        for call in calls:
            assert call.outcome().http_status == 200
            call.free()
        assert used_queue._in_flight == {}

    def wait_for_requests() -> None:
        while len(server.requests("demo")) < 600:
            threading.Event().wait(0.01)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "_BATCH_SIZE", 10)
        run(main())


def test_two_loops_in_two_threads_share_a_client(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    client = make_async_client(server)
    both = threading.Barrier(2, timeout=DEADLINE_SECONDS)

    async def main() -> None:
        both.wait()
        for _ in range(10):
            await pause(client, 20)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(lambda: run(main())) for _ in range(2)]:
            future.result(DEADLINE_SECONDS)
    assert len(server.requests("demo")) == 400


def test_a_client_can_be_used_on_one_loop_after_another(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    client = make_async_client(server)
    run(pause(client))
    gc.collect()
    before = len(list(DESCRIPTORS.iterdir()))
    for _ in range(20):
        run(pause(client))
    gc.collect()
    # The thread of the last loop may still be about to end.
    for _ in range(200):
        if len(list(DESCRIPTORS.iterdir())) <= before + 5:
            return
        threading.Event().wait(0.05)
    raise AssertionError("each loop leaks descriptors")


def test_a_full_queue_refuses_further_calls(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_CAPACITY", 3)

    async def main() -> None:
        client = make_async_client(server)
        tasks = [asyncio.create_task(client.recordings.pause_recording("stall")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(libanchor.ResourceExhaustedError, match="3 calls"):
            await pause(client)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await until(lambda: this_queue()._in_flight == {})
        await asyncio.sleep(0.2)
        await pause(client, 2)

    run(main())


def test_a_call_finishes_after_its_client_was_closed_or_collected(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        client = make_async_client(server)
        task = asyncio.create_task(client.recordings.pause_recording("delay"))
        await asyncio.sleep(0)
        await client.close()
        assert (await task).data.data.status == "paused"
        call = AsyncAnchorbrowser(api_key=server.key, base_url=server.url).recordings.pause_recording("delay")
        task = asyncio.create_task(call)
        await asyncio.sleep(0)
        gc.collect()
        assert (await task).data.data.status == "paused"

    run(main())


def test_a_forked_child_of_a_running_loop_can_run_its_own_loop(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    client = make_async_client(server)

    def work() -> None:
        # In the child, the parent's loop is only an object.
        asyncio._set_running_loop(None)
        run(pause(client, 20))

    async def main() -> None:
        await pause(client, 5)
        stalled = asyncio.create_task(client.recordings.pause_recording("delay"))
        await asyncio.sleep(0)
        in_child(work)
        assert (await stalled).data.data.status == "paused"
        await pause(client, 20)

    run(main())
    run(pause(client))
    assert len(server.requests("demo")) == 46


PROGRAM = """
    import asyncio, os, sys
    import libanchor, uvloop
    what, loop = sys.argv[1:]
    client = libanchor.AsyncAnchorbrowser(timeout=60)

    async def main():
        await client.recordings.pause_recording("demo")
        task = asyncio.ensure_future(client.recordings.pause_recording("stall"))
        await asyncio.sleep(0.05)
        if what == "exit":
            sys.exit(7)
        elif what == "fork":
            if os.fork() == 0:
                asyncio._set_running_loop(None)
                asyncio.run(client.recordings.pause_recording("demo"))
                os._exit(0)
            assert os.wait()[1] == 0
        elif what == "cancel":
            task.cancel()
        elif what == "gather":
            await asyncio.wait_for(asyncio.gather(task, task), 0.1)

    if loop == "uvloop":
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        if what == "open":
            new = asyncio.new_event_loop()
            new.run_until_complete(client.recordings.pause_recording("demo"))
            new.close()
        else:
            asyncio.run(main())
    except asyncio.TimeoutError:
        assert what == "gather"
"""


@LOOPS
@pytest.mark.parametrize("what", ["return", "exit", "fork", "cancel", "gather", "open"])
def test_the_interpreter_ends_quietly(server: Sandbox, loop: str, what: str) -> None:
    done = child.run(PROGRAM, server, what, loop)
    assert (done.returncode, done.stdout, done.stderr) == (7 if what == "exit" else 0, "", "")


def test_the_interpreter_ends_while_a_loop_runs_in_a_daemon_thread(server: Sandbox) -> None:
    program = """
        import asyncio, threading, time
        import libanchor
        client = libanchor.AsyncAnchorbrowser(timeout=60)

        async def main():
            while True:
                await asyncio.gather(*(client.recordings.pause_recording("demo") for _ in range(20)))

        threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
        time.sleep(0.3)
    """
    for _ in range(3):
        done = child.run(program, server)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ctrl_c_cancels_the_call_and_resumes(server: Sandbox, tmp_path: Path) -> None:
    program = """
        import asyncio, os, signal, threading
        import libanchor
        signal.signal(signal.SIGINT, signal.default_int_handler)

        async def main():
            async with libanchor.AsyncAnchorbrowser(timeout=60) as client:
                async with client.recordings.paused("demo"):
                    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
                    await client.recordings.pause_recording("stall")
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted")
    """
    done = child.run(program, server, str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")
    assert server.verbs("demo") == ["pause", "resume"]
