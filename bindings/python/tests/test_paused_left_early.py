"""Blocks that do not run to their end: in generators, in coroutines and in programs that exit."""

from __future__ import annotations

import asyncio
import select
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import child
import pytest
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from fake_server import serving
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


def check_no_pause_is_counted(server: Sandbox, client: Anchorbrowser) -> None:
    assert server.recording("demo") == "recording"
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
    assert server.recording("demo") == "recording"


@pytest.mark.parametrize("how", ["close", "collect", "throw", "finish"])
def test_a_suspended_generator_keeps_the_recording_paused(server: Sandbox, client: Anchorbrowser, how: str) -> None:
    def states() -> Iterator[str]:
        with client.recordings.paused("demo"):
            yield server.recording("demo")

    generator: Any = states()
    assert next(generator) == "paused"
    for _ in range(3):
        assert server.recording("demo") == "paused"
    if how == "close":
        generator.close()
    elif how == "collect":
        del generator
    elif how == "throw":
        with pytest.raises(KeyError):
            generator.throw(KeyError)
    else:
        assert list(generator) == []
    check_no_pause_is_counted(server, client)


def test_a_task_of_a_block_may_run_while_the_session_is_recorded(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    """The documentation warns of it."""

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


#: How a program exits in its block: its exit code, and the state of the recording afterwards.
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
    "asyncio": LOOK
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
def test_a_program_exits_in_the_block(server: Sandbox, program: str, ending: str, code: int, state: str) -> None:
    done = child.run(program.replace("{}", ending), server)
    assert done.returncode == code, done.stderr
    assert server.recording("demo") == state


def test_a_daemon_thread_in_a_block_leaves_the_recording_paused_at_exit(server: Sandbox) -> None:
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


def test_a_suspended_generator_leaves_the_recording_paused_at_exit(server: Sandbox) -> None:
    """Python closes the generator after the clients, if at all."""
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


def test_with_and_async_with_require_their_own_objects(
    server: Sandbox, client: Anchorbrowser, make_async_client: MakeAsyncClient, run: Run
) -> None:
    blocking: Any = client.recordings.paused("demo")
    asynchronous: Any = make_async_client(server).recordings.paused("demo")

    async def main() -> None:
        with pytest.raises(TypeError, match="Paused is not for `async with`: write `with`"):
            async with blocking:
                raise AssertionError("the block ran")
        with pytest.raises(TypeError, match="await"):
            await asynchronous

    with pytest.raises(TypeError, match="AsyncPaused is not for `with`: write `async with`"), asynchronous:
        raise AssertionError("the block ran")
    with pytest.raises(TypeError, match="not callable"):
        blocking(lambda: None)
    run(main())
    assert server.requests() == []


def wait_until_complete() -> None:
    """Blocks the loop until a completion waits in its queue."""
    loop_queue = queue.of_running_loop(library.load())
    assert select.select([loop_queue.descriptor()], [], [], DEADLINE_SECONDS)[0]


async def secret(client: AsyncAnchorbrowser) -> None:
    async with client.recordings.paused("demo"):
        await asyncio.Event().wait()


def begin(coroutine: Coroutine[Any, Any, None]) -> None:
    coroutine.send(None)


def test_a_coroutine_that_is_closed_before_it_sees_its_pause_resumes(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    """The library counts a pause when it completes, even if nobody has taken the completion."""

    async def main() -> None:
        client = make_async_client(server)
        for _ in range(3):
            coroutine = secret(client)
            begin(coroutine)
            wait_until_complete()
            assert server.recording("demo") == "paused"
            coroutine.close()
            assert server.recording("demo") == "recording"
        # No pause is counted any more.
        async with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
        assert server.recording("demo") == "recording"

    run(main())


def test_a_coroutine_that_is_closed_before_it_sees_its_resume_sends_no_other(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def main() -> None:
        coroutine = pass_through(make_async_client(server), server)
        begin(coroutine)
        wait_until_complete()
        # The loop takes the completion, and the test continues the coroutine by hand.
        await asyncio.sleep(0.01)
        begin(coroutine)
        wait_until_complete()
        coroutine.close()
        assert server.verbs("demo") == ["pause", "resume"]
        assert server.recording("demo") == "recording"

    run(main())


async def pass_through(client: AsyncAnchorbrowser, server: Sandbox) -> None:
    async with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"


def test_a_coroutine_that_is_closed_while_resuming_resumes(make_async_client: MakeAsyncClient, run: Run) -> None:
    """Its thread blocks until the recording has resumed."""

    async def main() -> None:
        with serving() as server:

            async def body() -> None:
                async with make_async_client(server.url).recordings.paused("demo"):
                    assert server.state == "paused"
                    server.may_answer.clear()
                    server.answers_later_requests = False

            coroutine = body()
            begin(coroutine)
            wait_until_complete()
            await asyncio.sleep(0.01)
            begin(coroutine)
            await until(lambda: len(server.paths) == 2)
            server.may_answer.set()
            server.answers_later_requests = True
            coroutine.close()
            verbs = [path.rpartition("/")[2] for path in server.paths]
            assert verbs[:2] == ["pause", "resume"]
            assert verbs[-1] == "resume"
            assert server.state == "recording"

    run(main())


def test_a_coroutine_that_is_closed_while_undoing_a_pause_resumes(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with serving(at_once=False) as server:
            recordings = make_async_client(server.url).recordings
            coroutine = enter(recordings)
            begin(coroutine)
            await until(server.requested.is_set)
            # The cancelled coroutine waits for the end of its call.
            coroutine.throw(asyncio.CancelledError)
            server.answers_later_requests = True
            coroutine.close()
            verbs = [path.rpartition("/")[2] for path in server.paths]
            assert (verbs[0], verbs[-1]) == ("pause", "resume")
            assert server.state == "recording"
            async with recordings.paused("demo"):
                assert server.state == "paused"
            assert server.state == "recording"

    run(main())


async def enter(recordings: Any) -> None:
    async with recordings.paused("demo"):
        raise AssertionError("the block ran")


def test_an_asynchronous_generator_keeps_the_recording_paused(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    async def states() -> AsyncIterator[str]:
        async with make_async_client(server).recordings.paused("demo"):
            yield server.recording("demo")

    async def main() -> None:
        generator = states()
        assert await anext(generator) == "paused"
        await asyncio.sleep(0.05)
        # The generator is suspended.
        assert server.recording("demo") == "paused"
        await generator.aclose()  # type: ignore[attr-defined]
        assert server.recording("demo") == "recording"

    run(main())


def test_a_coroutine_that_outlives_its_loop_resumes_when_closed(
    server: Sandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    """The loop is closed during the block, as in a program that does not end its tasks."""
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
