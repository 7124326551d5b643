"""`with paused`: the recording is paused during the block and resumed however it ends."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser
from paused_checks import SESSION_ENDED, check_not_resumed, check_over, note
from sandbox import DEADLINE_SECONDS, Sandbox


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session", "other")


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


def test_a_block_that_ends_resumes(server: Sandbox, client: Anchorbrowser) -> None:
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
    check_over(server)


def test_a_block_that_raises_resumes(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError, match="mine") as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        raise KeyError("mine")
    assert not hasattr(caught.value, "__notes__")
    assert caught.value.__context__ is None
    check_over(server)


def test_a_block_that_returns_resumes(server: Sandbox, client: Anchorbrowser) -> None:
    def body() -> str:
        with client.recordings.paused("demo"):
            return server.recording("demo")

    assert body() == "paused"
    check_over(server)


def test_a_block_in_a_cancelled_task_resumes(server: Sandbox, client: Anchorbrowser) -> None:
    async def body() -> None:
        with client.recordings.paused("demo"):
            await asyncio.sleep(3600)

    async def main() -> None:
        task = asyncio.create_task(body())
        await asyncio.sleep(0)
        assert server.recording("demo") == "paused"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    check_over(server)


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_block_that_is_interrupted_resumes(
    server: Sandbox, client: Anchorbrowser, ending: type[BaseException]
) -> None:
    with pytest.raises(ending), client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        raise ending
    check_over(server)


@pytest.mark.parametrize("fault", ["400", "401", "404", "429", "500", "302", "html", "close", "stall"])
def test_a_failed_pause_raises_and_counts_nothing(sandbox: Sandbox, make_client: MakeClient, fault: str) -> None:
    client = make_client(sandbox)
    before = len(sandbox.requests(fault))
    for _ in range(2):
        ran = False
        with pytest.raises(libanchor.APIError), client.recordings.paused(fault, timeout=1, max_retries=0):
            ran = True
        assert not ran
    # No pause is counted, so the second block pauses again, and nothing is resumed.
    assert sandbox.verbs(fault)[before:] == ["pause", "pause"]


def test_a_failed_resume_raises_not_resumed_error(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
    check_not_resumed(caught.value, libanchor.NotFoundError)
    assert (caught.value.status_code, caught.value.attempts) == (404, 1)
    assert server.verbs("demo")[0::2] == ["pause", "resume"]
    # The pause is no longer counted.
    with pytest.raises(libanchor.NotFoundError), client.recordings.paused("demo"):
        raise AssertionError("the block ran")


def test_a_failed_resume_is_noted_on_the_exception_of_the_block(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError, match="mine") as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        raise KeyError("mine")
    assert note(caught.value).startswith(f"libanchor: {SESSION_ENDED}404 the session was not found while resuming ")


def test_the_context_of_the_exception_of_the_block_is_kept(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        try:
            raise IndexError("first")
        except IndexError:
            raise KeyError("second")  # noqa: B904
    context = caught.value.__context__
    assert isinstance(context, IndexError)
    assert "Session not found" in note(caught.value if sys.version_info >= (3, 11) else context)


def test_a_client_that_is_closed_in_the_block_cannot_resume(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        client.close()
    check_not_resumed(caught.value, libanchor.ClientClosedError)
    assert server.verbs("demo") == ["pause"]


def test_nested(server: Sandbox, client: Anchorbrowser) -> None:
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            with client.with_options(timeout=5).recordings.paused("demo"):
                assert server.recording("demo") == "paused"
            assert server.recording("demo") == "paused"
        assert server.recording("demo") == "paused"
        with client.recordings.paused("other"):
            assert server.recording("other") == "paused"
        assert server.recording("other") == "recording"
    # Each begin pauses, and the last end resumes.
    check_over(server, begun=3)


def test_one_after_the_other(server: Sandbox, client: Anchorbrowser) -> None:
    paused = client.recordings.paused("demo")
    for _ in range(2):
        with paused:
            assert server.recording("demo") == "paused"
        assert server.recording("demo") == "recording"
    assert server.verbs("demo") == ["pause", "resume"] * 2


def test_overlapping_blocks_of_two_threads_resume_once(server: Sandbox, client: Anchorbrowser) -> None:
    """The block that began first ends first. The other one stays unrecorded."""
    first_is_out, second_is_in = threading.Event(), threading.Event()

    def first() -> str:
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            assert second_is_in.wait(DEADLINE_SECONDS)
            state = server.recording("demo")
        first_is_out.set()
        return state

    def second() -> str:
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            second_is_in.set()
            assert first_is_out.wait(DEADLINE_SECONDS)
            return server.recording("demo")

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(first), pool.submit(second)]
        assert [future.result(DEADLINE_SECONDS) for future in futures] == ["paused", "paused"]
    check_over(server, begun=2)


@pytest.mark.parametrize("threads", [2, 8])
def test_many_threads_have_overlapping_blocks(server: Sandbox, client: Anchorbrowser, threads: int) -> None:
    """The recording is paused in every block while others begin and end."""

    def work(number: int) -> list[str]:
        states = []
        for turn in range(25):
            with client.recordings.paused("demo"):
                states.append(server.recording("demo"))
                time.sleep((number + turn) % 3 / 1000)
                states.append(server.recording("demo"))
        return states

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work, number) for number in range(threads)]
        assert [future.result(DEADLINE_SECONDS) for future in futures] == [["paused"] * 50] * threads
    assert server.recording("demo") == "recording"
    verbs = server.verbs("demo")
    assert verbs.count("pause") == 25 * threads
    assert (verbs[0], verbs[-1]) == ("pause", "resume")


def test_the_recording_resumes_without_memory_for_a_call_object(
    server: Sandbox, client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)
    check_over(server)


def test_a_failed_resume_without_a_call_object_raises(
    server: Sandbox, client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(libanchor.NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)
    check_not_resumed(caught.value, libanchor.NotFoundError)


def test_the_settings_apply_to_pausing_and_to_resuming(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session-per-fault")
    with make_client(server).recordings.paused("500-once", max_retries=1):
        assert server.recording("500-once") == "paused"
    assert server.verbs("500-once") == ["pause", "pause", "resume"]
    with pytest.raises(libanchor.APITimeoutError, match="200 ms"):
        make_client(server).recordings.paused("stall", timeout=0.2).__enter__()
