"""Blocks that are left half-way: by generators, coroutines and programs that end."""

from __future__ import annotations

import asyncio
import select
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import child
import pytest
from answering import answering
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from libanchor import Anchorbrowser, AsyncAnchorbrowser
from libanchor._native import library, queue
from sandbox import DEADLINE_SECONDS, Sandbox
from test_async_cancel import until


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session-per-fault")


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


def check_nothing_is_held(server: Sandbox, client: Anchorbrowser) -> None:
    assert server.recording("demo") == "recording"
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
    assert server.recording("demo") == "recording"


@pytest.mark.parametrize("how", ["close", "forget", "throw", "finish"])
def test_a_generator_that_waits_in_the_block(server: Sandbox, client: Anchorbrowser, how: str) -> None:
    """The block of a generator is left when the generator is finished or closed, and not before."""

    def states() -> Iterator[str]:
        with client.recordings.paused("demo"):
            yield server.recording("demo")

    generator: Any = states()
    assert next(generator) == "paused"
    for _ in range(3):
        assert server.recording("demo") == "paused"
    if how == "close":
        generator.close()
    elif how == "forget":
        del generator
    elif how == "throw":
        with pytest.raises(KeyError):
            generator.throw(KeyError)
    else:
        assert list(generator) == []
    check_nothing_is_held(server, client)


def test_what_a_block_leaves_behind_runs_on(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    """As the documentation warns: a task that the block started may work while it is recorded."""

    async def main() -> None:
        over = asyncio.Event()

        async def late() -> str:
            await over.wait()
            return server.recording("demo")

        async with make_async_client(server).recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            task = asyncio.create_task(late())
        over.set()
        assert await task == "recording"

    run(main())


#: How a program ends in its block, and whether the block is left.
ENDINGS = {
    "sys.exit(3)": (3, "recording"),
    "raise KeyError": (1, "recording"),
    "raise KeyboardInterrupt": (-signal.SIGINT, "recording"),
    "os._exit(3)": (3, "paused"),
    "os.abort()": (-signal.SIGABRT, "paused"),
    "os.kill(os.getpid(), signal.SIGTERM)": (-signal.SIGTERM, "paused"),
    "os.execv(sys.executable, [sys.executable, '-c', ''])": (0, "paused"),
}


LOOK = """
    import asyncio, json, os, signal, sys, urllib.request
    import libanchor

    def look():
        with urllib.request.urlopen(os.environ["ANCHORBROWSER_BASE_URL"] + "/sandbox/sessions/demo") as answer:
            assert json.load(answer)["recording"] == "paused"
"""
PROGRAMS = {
    "blocking": LOOK
    + """
    with libanchor.Anchorbrowser() as client, client.recordings.paused("demo"):
        look()
        {}
    """,
    "awaited": LOOK
    + """
    async def main():
        async with libanchor.AsyncAnchorbrowser() as client, client.recordings.paused("demo"):
            look()
            {}

    asyncio.run(main())
    """,
}


@pytest.mark.parametrize(("ending", "code", "state"), [(e, *row) for e, row in ENDINGS.items()], ids=ENDINGS)
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_that_ends_in_the_block(server: Sandbox, program: str, ending: str, code: int, state: str) -> None:
    done = child.run(program.replace("{}", ending), server)
    assert done.returncode == code, done.stderr
    assert server.recording("demo") == state


def test_a_daemon_thread_that_is_in_a_block_when_the_program_ends(server: Sandbox) -> None:
    program = """
        import threading, time
        import libanchor
        client = libanchor.Anchorbrowser()
        is_in = threading.Event()
        def work():
            with client.recordings.paused("demo"):
                is_in.set()
                time.sleep(3600)
        threading.Thread(target=work, daemon=True).start()
        assert is_in.wait(10)
    """
    done = child.run(program, server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.recording("demo") == "paused"


def test_a_generator_that_is_suspended_when_the_program_ends(server: Sandbox) -> None:
    """Python closes it when the clients are gone, if at all: the recording stays paused."""
    program = """
        import libanchor
        client = libanchor.Anchorbrowser()
        def secrets():
            with client.recordings.paused("demo"):
                yield 1
        generator = secrets()
        next(generator)
    """
    done = child.run(program, server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.recording("demo") == "paused"


def test_either_object_wants_its_own_with(
    server: Sandbox, client: Anchorbrowser, make_async_client: MakeAsyncClient, run: Run
) -> None:
    blocking: Any = client.recordings.paused("demo")
    awaited: Any = make_async_client(server).recordings.paused("demo")
    # Python's own message names the object and what it lacks.
    error, message = (AttributeError, "__a?enter__") if sys.version_info < (3, 11) else (TypeError, "context manager")

    async def main() -> None:
        with pytest.raises(error, match=message):
            async with blocking:
                raise AssertionError("the body runs")
        with pytest.raises(TypeError, match="await"):
            await awaited

    with pytest.raises(error, match=message), awaited:
        raise AssertionError("the body runs")
    with pytest.raises(TypeError, match="not callable"):
        blocking(lambda: None)
    run(main())
    assert server.requests() == []


def wait_until_complete() -> None:
    """Until a completion waits in the queue, while the loop does not run."""
    loop_queue = queue.of_running_loop(library.load())
    assert select.select([loop_queue.descriptor()], [], [], DEADLINE_SECONDS)[0]


async def secret(client: AsyncAnchorbrowser) -> None:
    async with client.recordings.paused("demo"):
        await asyncio.Event().wait()


def begin(coroutine: Coroutine[Any, Any, None]) -> None:
    coroutine.send(None)


def test_a_coroutine_that_is_closed_when_it_is_paused_and_does_not_know_it(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    """A completion counts from the start, so that one that nobody takes would hold it for ever."""

    async def main() -> None:
        awaited = make_async_client(server)
        for _ in range(3):
            coroutine = secret(awaited)
            begin(coroutine)
            wait_until_complete()
            assert server.recording("demo") == "paused"
            coroutine.close()
            assert server.recording("demo") == "recording"
        # Nothing is held.
        async with awaited.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
        assert server.recording("demo") == "recording"

    run(main())


def test_a_coroutine_that_is_closed_when_it_has_resumed_and_does_not_know_it(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        coroutine = left_at_once(make_async_client(server), server)
        begin(coroutine)
        wait_until_complete()
        # The loop takes it, and the coroutine goes on by hand.
        await asyncio.sleep(0.01)
        begin(coroutine)
        wait_until_complete()
        coroutine.close()
        assert server.verbs("demo") == ["pause", "resume"]
        assert server.recording("demo") == "recording"

    run(main())


async def left_at_once(client: AsyncAnchorbrowser, server: Sandbox) -> None:
    async with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"


def test_a_coroutine_that_is_closed_while_it_resumes(make_async_client: MakeAsyncClient, run: Run) -> None:
    """Its thread resumes, as nobody else would."""

    async def main() -> None:
        with answering() as server:

            async def body() -> None:
                async with make_async_client(server.url).recordings.paused("demo"):
                    assert server.state == "paused"
                    server.may_answer.clear()
                    server.answers_later_ones = False

            coroutine = body()
            begin(coroutine)
            wait_until_complete()
            await asyncio.sleep(0.01)
            begin(coroutine)
            await until(lambda: len(server.paths) == 2)
            server.may_answer.set()
            server.answers_later_ones = True
            coroutine.close()
            verbs = [path.rpartition("/")[2] for path in server.paths]
            assert verbs[:2] == ["pause", "resume"]
            assert verbs[-1] == "resume"
            assert server.state == "recording"

    run(main())


def test_a_coroutine_that_is_closed_while_a_cancelled_pause_is_undone(
    make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        with answering(at_once=False) as server:
            recordings = make_async_client(server.url).recordings
            coroutine = secret_of(recordings)
            begin(coroutine)
            await until(server.asked.is_set)
            # Cancelled, it waits for the end of its call.
            coroutine.throw(asyncio.CancelledError)
            server.answers_later_ones = True
            coroutine.close()
            verbs = [path.rpartition("/")[2] for path in server.paths]
            assert (verbs[0], verbs[-1]) == ("pause", "resume")
            assert server.state == "recording"
            async with recordings.paused("demo"):
                assert server.state == "paused"
            assert server.state == "recording"

    run(main())


async def secret_of(recordings: Any) -> None:
    async with recordings.paused("demo"):
        raise AssertionError("the body runs")


def test_a_generator_of_a_loop(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def states() -> AsyncIterator[str]:
        async with make_async_client(server).recordings.paused("demo"):
            yield server.recording("demo")

    async def main() -> None:
        generator = states()
        assert await anext(generator) == "paused"
        await asyncio.sleep(0.05)
        # Suspended, it keeps the recording paused.
        assert server.recording("demo") == "paused"
        await generator.aclose()  # type: ignore[attr-defined]
        assert server.recording("demo") == "recording"

    run(main())


def test_a_task_that_is_forgotten_with_its_loop(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    """The loop is closed beneath a block, as a program may that does not end its tasks."""
    loop = run.new_loop()
    coroutine = secret(make_async_client(server))

    async def main() -> None:
        begin(coroutine)
        wait_until_complete()
        await asyncio.sleep(0.01)
        begin(coroutine)

    loop.run_until_complete(main())
    assert server.recording("demo") == "paused"
    loop.close()
    coroutine.close()
    assert server.recording("demo") == "recording"
