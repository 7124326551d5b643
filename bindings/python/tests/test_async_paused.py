"""A recording is paused while a block of a coroutine runs, and goes on however the block ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import libanchor
import pytest
from answering import answering
from conftest import MakeAsyncClient, Run, StartSandbox
from libanchor import AsyncAnchorbrowser
from sandbox import Sandbox
from test_async_cancel import until
from test_paused import NOT_RESUMED, attached, check_not_resumed, check_over


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session", "other")


@pytest.fixture
def client(server: Sandbox, make_async_client: MakeAsyncClient) -> AsyncAnchorbrowser:
    return make_async_client(server)


def test_the_body_ends(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> str:
        async with client.recordings.paused("demo"):
            return server.recording("demo")

    assert run(main()) == "paused"
    check_over(server)


@pytest.mark.parametrize("ending", [KeyError, GeneratorExit])
def test_the_body_raises(server: Sandbox, client: AsyncAnchorbrowser, run: Run, ending: type[BaseException]) -> None:
    async def main() -> None:
        with pytest.raises(ending, match="mine") as caught:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                raise ending("mine")
        assert not hasattr(caught.value, "__notes__")

    run(main())
    check_over(server)


@pytest.mark.parametrize("times", [1, 3])
def test_the_task_is_cancelled_in_the_body(server: Sandbox, client: AsyncAnchorbrowser, run: Run, times: int) -> None:
    async def body() -> None:
        async with client.recordings.paused("demo"):
            await asyncio.sleep(3600)

    async def main() -> None:
        task = asyncio.create_task(body())
        await until(lambda: server.recording("demo") == "paused")
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        check_over(server)

    run(main())


def test_the_task_is_cancelled_while_it_resumes(make_async_client: MakeAsyncClient, run: Run) -> None:
    """Leaving the block is put off until the recording goes on, and cancelling is not forgotten."""

    async def main() -> None:
        with answering(at_once=False) as server:
            client = make_async_client(server.url)
            going_on = False

            async def body() -> None:
                async with client.recordings.paused("demo"):
                    assert server.state == "paused"
                    server.may_answer.clear()
                nonlocal going_on
                going_on = True

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
            assert not going_on
            assert [path.rpartition("/")[2] for path in server.paths] == ["pause", "resume"]

    run(main())


def test_the_task_is_cancelled_while_it_pauses(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with answering(at_once=False) as server:
            server.answers_later_ones = True
            recordings = make_async_client(server.url).recordings
            task = asyncio.create_task(anext_of(recordings.paused("demo")))
            await until(server.asked.is_set)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert not hasattr(caught.value, "__notes__")
            # What the first may have done is done for sure and taken back.
            assert [path.rpartition("/")[2] for path in server.paths] == ["pause", "pause", "resume"]
            # Nothing is held.
            async with recordings.paused("demo"):
                assert server.state == "paused"
            assert server.state == "recording"
            assert len(server.paths) == 5

    run(main())


async def anext_of(paused: libanchor.AsyncPaused) -> None:
    async with paused:
        raise AssertionError("the body runs")


def test_what_may_be_paused_is_said(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with answering(at_once=False) as server:
            task = asyncio.create_task(anext_of(make_async_client(server.url).recordings.paused("demo", timeout=0.3)))
            await until(server.asked.is_set)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            note = attached(caught.value)
            assert note.startswith("libanchor: the block did not run, and the recording of session ")
            assert 'await client.recordings.resume_recording("demo"): timed out after 300 ms while pausing ' in note

    run(main())


@pytest.mark.parametrize("fault", ["400", "401", "404", "429", "500", "302", "html", "close", "stall"])
def test_pausing_fails(sandbox: Sandbox, make_async_client: MakeAsyncClient, run: Run, fault: str) -> None:
    async def main() -> None:
        for _ in range(2):
            with pytest.raises(libanchor.APIError):
                await anext_of(make_async_client(sandbox).recordings.paused(fault, timeout=1))

    before = len(sandbox.requests(fault))
    run(main())
    assert sandbox.verbs(fault)[before:] == ["pause", "pause"]


def test_resuming_fails(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> None:
        with pytest.raises(libanchor.NotResumedError) as caught:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                server.end_session("demo")
        check_not_resumed(caught.value, libanchor.NotFoundError)
        # The hold is over all the same.
        with pytest.raises(libanchor.NotFoundError):
            await anext_of(client.recordings.paused("demo"))

    run(main())


@pytest.mark.parametrize("cancelled", [False, True])
def test_resuming_fails_and_the_body_raises_too(
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
        note = attached(caught.value).replace("await ", "")
        assert note.startswith(f"libanchor: {NOT_RESUMED}404 the session was not found while resuming ")

    run(main())


def test_nested_and_overlapping(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
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


def test_many_tasks(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
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


def test_no_call_object_can_be_made_for_resuming(
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


def test_a_coroutine_that_is_closed_resumes(server: Sandbox, client: AsyncAnchorbrowser, run: Run) -> None:
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


def test_a_coroutine_that_is_closed_while_it_pauses(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with answering(at_once=False) as server:
            server.answers_later_ones = True
            coroutine = anext_of(make_async_client(server.url).recordings.paused("demo"))
            send(coroutine)
            await until(server.asked.is_set)
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
def test_what_the_log_lets_out_leaves_nothing_held(make_async_client: MakeAsyncClient, run: Run, moment: str) -> None:
    """A handler of the log raises when the API has done what it was asked."""
    raises = False

    def let_out(record: logging.LogRecord) -> bool:
        nonlocal raises
        if raises and record.levelno == logging.INFO:
            raises = False
            raise KeyError("mine")
        return True

    async def main() -> None:
        nonlocal raises
        with answering(at_once=moment != "undoing") as server:
            server.answers_later_ones = True
            recordings = make_async_client(server.url).recordings

            async def body() -> None:
                nonlocal raises
                raises = moment != "resuming"
                async with recordings.paused("demo"):
                    assert moment == "resuming", "the body runs"
                    assert server.state == "paused"
                    raises = True

            task = asyncio.create_task(body())
            if moment == "undoing":
                await until(server.asked.is_set)
                task.cancel()
            with pytest.raises(KeyError, match="mine") as caught:
                await task
            assert not hasattr(caught.value, "__notes__")
            assert server.state == "recording"
            async with recordings.paused("demo"):
                assert server.state == "paused"
            assert server.state == "recording"

    logger = logging.getLogger("libanchor")
    logger.setLevel(logging.INFO)
    logger.addFilter(let_out)
    try:
        run(main())
    finally:
        logger.removeFilter(let_out)
        logger.setLevel(logging.NOTSET)
