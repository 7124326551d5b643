"""`async with paused`: the recording is paused during the block and resumed however it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import libanchor
import pytest
from conftest import MakeAsyncClient, Run, StartSandbox
from fake_server import serving
from libanchor import AsyncAnchorbrowser
from log_filter import log_filter
from paused_checks import SESSION_ENDED, check_not_resumed, check_over, note
from sandbox import Sandbox
from test_async_cancel import until


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session", "other")


@pytest.fixture
def client(server: Sandbox, make_async_client: MakeAsyncClient) -> AsyncAnchorbrowser:
    return make_async_client(server)


def test_a_block_that_returns_resumes(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> str:
        async with client.recordings.paused("demo"):
            return server.recording("demo")

    assert run(main()) == "paused"
    check_over(server)


@pytest.mark.parametrize("ending", [KeyError, GeneratorExit])
def test_a_block_that_raises_resumes(
    server: Sandbox, client: AsyncAnchorbrowser, run: Run, ending: type[BaseException]
) -> None:
    async def main() -> None:
        with pytest.raises(ending, match="mine") as caught:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                raise ending("mine")
        assert not hasattr(caught.value, "__notes__")

    run(main())
    check_over(server)


@pytest.mark.parametrize("times", [1, 3])
def test_a_task_that_is_cancelled_in_the_block_resumes(
    server: Sandbox, client: AsyncAnchorbrowser, run: Run, times: int
) -> None:
    async def body(entered: asyncio.Event) -> None:
        async with client.recordings.paused("demo"):
            entered.set()
            await asyncio.sleep(3600)

    async def main() -> None:
        entered = asyncio.Event()
        task = asyncio.create_task(body(entered))
        await entered.wait()
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        check_over(server)

    run(main())


def test_cancelling_does_not_cut_the_resume_short(make_async_client: MakeAsyncClient, run: Run) -> None:
    """The block is left after the resume, and the cancellation is raised then."""

    async def main() -> None:
        with serving(at_once=False) as server:
            client = make_async_client(server.url)
            continued = False

            async def body() -> None:
                async with client.recordings.paused("demo"):
                    assert server.state == "paused"
                    server.may_answer.clear()
                nonlocal continued
                continued = True

            server.may_answer.set()
            task = asyncio.create_task(body())
            await until(lambda: len(server.paths) == 2)
            for _ in range(3):
                task.cancel()
                await asyncio.sleep(0.02)
            assert not task.done()
            server.may_answer.set()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not continued
            assert [path.rpartition("/")[2] for path in server.paths] == ["pause", "resume"]

    run(main())


def test_a_task_that_is_cancelled_while_pausing_resumes(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with serving(at_once=False) as server:
            server.answers_later_requests = True
            recordings = make_async_client(server.url).recordings
            task = asyncio.create_task(enter(recordings.paused("demo")))
            await until(server.requested.is_set)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert not hasattr(caught.value, "__notes__")
            # The first pause may have taken effect: a second one is counted, and ended.
            assert [path.rpartition("/")[2] for path in server.paths] == ["pause", "pause", "resume"]
            # No pause is counted any more.
            async with recordings.paused("demo"):
                assert server.state == "paused"
            assert server.state == "recording"
            assert len(server.paths) == 5

    run(main())


async def enter(paused: libanchor.AsyncPaused) -> None:
    async with paused:
        raise AssertionError("the block ran")


def test_a_note_says_that_the_recording_may_be_paused(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with serving(at_once=False) as server:
            task = asyncio.create_task(enter(make_async_client(server.url).recordings.paused("demo", timeout=0.3)))
            await until(server.requested.is_set)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            text = note(caught.value)
            assert text.startswith("libanchor: the block did not run, and the recording of session ")
            assert 'await client.recordings.resume_recording("demo"): timed out after 300 ms while pausing ' in text

    run(main())


@pytest.mark.parametrize("fault", ["400", "401", "404", "429", "500", "302", "html", "close", "stall"])
def test_a_failed_pause_raises_and_counts_nothing(
    sandbox: Sandbox, make_async_client: MakeAsyncClient, run: Run, fault: str
) -> None:
    async def main() -> None:
        for _ in range(2):
            with pytest.raises(libanchor.APIError):
                await enter(make_async_client(sandbox).recordings.paused(fault, timeout=1))

    before = len(sandbox.requests(fault))
    run(main())
    assert sandbox.verbs(fault)[before:] == ["pause", "pause"]


def test_a_failed_resume_raises_not_resumed_error(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> None:
        with pytest.raises(libanchor.NotResumedError) as caught:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                server.end_session("demo")
        check_not_resumed(caught.value, libanchor.NotFoundError)
        # The pause is no longer counted.
        with pytest.raises(libanchor.NotFoundError):
            await enter(client.recordings.paused("demo"))

    run(main())


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_failed_resume_is_noted_on_the_exception_of_the_block(
    server: Sandbox, client: AsyncAnchorbrowser, run: Run, cancelled: bool
) -> None:
    async def body() -> None:
        async with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            server.end_session("demo")
            if not cancelled:
                raise KeyError("mine")
            await asyncio.sleep(3600)

    async def main() -> None:
        task = asyncio.create_task(body())
        if cancelled:
            await until(lambda: "demo" in server.verbs("demo"))
            task.cancel()
        with pytest.raises(asyncio.CancelledError if cancelled else KeyError) as caught:
            await task
        text = note(caught.value).replace("await ", "")
        assert text.startswith(f"libanchor: {SESSION_ENDED}404 the session was not found while resuming ")

    run(main())


def test_nested_and_overlapping_blocks_resume_once(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> None:
        first_is_out, second_is_in = asyncio.Event(), asyncio.Event()

        async def first() -> str:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                async with client.with_options(timeout=5).recordings.paused("demo"):
                    assert server.recording("demo") == "paused"
                    await second_is_in.wait()
                    assert server.recording("demo") == "paused"
            first_is_out.set()
            return server.recording("demo")

        async def second() -> str:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                second_is_in.set()
                await first_is_out.wait()
                return server.recording("demo")

        assert list(await asyncio.gather(first(), second())) == ["paused", "paused"]

    run(main())
    check_over(server, begun=3)


def test_many_tasks_have_overlapping_blocks(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def work(number: int) -> None:
        async with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            await asyncio.sleep(number % 3 / 1000)
            assert server.recording("demo") == "paused"

    async def main() -> None:
        for _ in range(5):
            await asyncio.gather(*map(work, range(20)))

    run(main())
    assert server.recording("demo") == "recording"


def test_a_closed_client_cannot_resume(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> None:
        with pytest.raises(libanchor.NotResumedError) as caught:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                await client.close()
        check_not_resumed(caught.value, libanchor.ClientClosedError)

    run(main())
    assert server.verbs("demo") == ["pause"]


def test_the_recording_resumes_without_memory_for_a_call_object(
    server: Sandbox, client: AsyncAnchorbrowser, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)

    run(main())
    check_over(server)


def send(coroutine: Coroutine[Any, Any, None]) -> Any:
    return coroutine.send(None)


def test_a_coroutine_that_is_closed_in_the_block_resumes(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def body() -> None:
        async with client.recordings.paused("demo"):
            await asyncio.Event().wait()

    async def main() -> None:
        coroutine = body()
        waiting = send(coroutine)
        await until(waiting.done)
        send(coroutine)
        assert server.recording("demo") == "paused"
        coroutine.close()
        check_over(server)

    run(main())


def test_a_coroutine_that_is_closed_while_pausing_resumes(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with serving(at_once=False) as server:
            server.answers_later_requests = True
            coroutine = enter(make_async_client(server.url).recordings.paused("demo"))
            send(coroutine)
            await until(server.requested.is_set)
            coroutine.close()
            assert [path.rpartition("/")[2] for path in server.paths] == ["pause", "pause", "resume"]

    run(main())


def test_a_generator_that_is_closed_resumes(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def states() -> AsyncIterator[str]:
        async with client.recordings.paused("demo"):
            yield server.recording("demo")

    async def main() -> None:
        generator = states()
        assert await anext(generator) == "paused"
        await generator.aclose()  # type: ignore[attr-defined]

    run(main())
    check_over(server)


@pytest.mark.parametrize("moment", ["pausing", "undoing", "resuming"])
def test_an_exception_of_a_log_handler_leaves_no_pause_counted(
    make_async_client: MakeAsyncClient, run: Run, moment: str
) -> None:
    """The handler raises when the API has confirmed the request."""
    raises = False

    def raise_once(record: logging.LogRecord) -> bool:
        nonlocal raises
        if raises and record.levelno == logging.INFO:
            raises = False
            raise KeyError("mine")
        return True

    async def main() -> None:
        nonlocal raises
        with serving(at_once=moment != "undoing") as server:
            server.answers_later_requests = True
            recordings = make_async_client(server.url).recordings

            async def body() -> None:
                nonlocal raises
                raises = moment != "resuming"
                async with recordings.paused("demo"):
                    assert moment == "resuming", "the block ran"
                    assert server.state == "paused"
                    raises = True

            task = asyncio.create_task(body())
            if moment == "undoing":
                await until(server.requested.is_set)
                task.cancel()
            with pytest.raises(KeyError, match="mine") as caught:
                await task
            assert not hasattr(caught.value, "__notes__")
            assert server.state == "recording"
            async with recordings.paused("demo"):
                assert server.state == "paused"
            assert server.state == "recording"

    with log_filter(raise_once):
        run(main())
