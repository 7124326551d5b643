"""A recording is paused while a block runs, and goes on however the block ends."""

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
from sandbox import DEADLINE_SECONDS, Sandbox


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session", "other")


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


def check_over(server: Sandbox, begun: int = 1) -> None:
    """A pause for each block that began, and one resume."""
    assert server.verbs("demo") == ["pause"] * begun + ["resume"]
    assert server.recording("demo") == "recording"


def attached(error: BaseException) -> str:
    """What was attached to the body's exception."""
    if sys.version_info >= (3, 11):
        (note,) = error.__notes__
        return str(note)
    first = error
    while first.__context__ is not None:
        first = first.__context__
    assert isinstance(first, libanchor.NotResumedError)
    return f"libanchor: {first}"


#: What a program is told of a block that ran, and did not resume.
NOT_RESUMED = (
    'the block ran, and the recording of session "demo" may still be paused; '
    'resume it with client.recordings.resume_recording("demo"): '
)


def check_not_resumed(error: libanchor.NotResumedError, cause: type[libanchor.AnchorbrowserError]) -> None:
    """That it tells what its cause tells."""
    reason = error.__cause__
    assert type(reason) is cause
    assert error.session_id == "demo"
    assert error.message == str(error)
    assert error.message.replace("await ", "") == NOT_RESUMED + reason.message
    assert not isinstance(error, libanchor.APIError)
    for name in ("status", "status_code", "body", "request_id", "attempts", "retry_after"):
        assert getattr(error, name) == getattr(reason, name)


def test_the_body_ends(server: Sandbox, client: Anchorbrowser) -> None:
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
    check_over(server)


def test_the_body_raises(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError, match="mine") as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        raise KeyError("mine")
    assert not hasattr(caught.value, "__notes__")
    assert caught.value.__context__ is None
    check_over(server)


def test_the_body_returns(server: Sandbox, client: Anchorbrowser) -> None:
    def body() -> str:
        with client.recordings.paused("demo"):
            return server.recording("demo")

    assert body() == "paused"
    check_over(server)


def test_the_body_is_cancelled(server: Sandbox, client: Anchorbrowser) -> None:
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
def test_the_body_is_interrupted(server: Sandbox, client: Anchorbrowser, ending: type[BaseException]) -> None:
    with pytest.raises(ending), client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        raise ending
    check_over(server)


@pytest.mark.parametrize("fault", ["400", "401", "404", "429", "500", "302", "html", "close", "stall"])
def test_pausing_fails(sandbox: Sandbox, make_client: MakeClient, fault: str) -> None:
    client = make_client(sandbox)
    before = len(sandbox.requests(fault))
    for _ in range(2):
        ran = False
        with pytest.raises(libanchor.APIError), client.recordings.paused(fault, timeout=1, max_retries=0):
            ran = True
        assert not ran
    # Nothing is held, so the second pauses anew, and nothing is resumed.
    assert sandbox.verbs(fault)[before:] == ["pause", "pause"]


def test_resuming_fails(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
    check_not_resumed(caught.value, libanchor.NotFoundError)
    assert (caught.value.status_code, caught.value.attempts) == (404, 1)
    assert server.verbs("demo")[0::2] == ["pause", "resume"]
    # The hold is over all the same.
    with pytest.raises(libanchor.NotFoundError), client.recordings.paused("demo"):
        raise AssertionError("the body runs")


def test_resuming_fails_and_the_body_raises_too(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError, match="mine") as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        raise KeyError("mine")
    assert attached(caught.value).startswith(f"libanchor: {NOT_RESUMED}404 the session was not found while resuming ")


def test_the_bodys_own_context_is_kept(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        try:
            raise IndexError("first")
        except IndexError:
            raise KeyError("second")  # noqa: B904
    context = caught.value.__context__
    assert isinstance(context, IndexError)
    assert "Session not found" in attached(caught.value if sys.version_info >= (3, 11) else context)


def test_a_client_that_the_body_closes_cannot_resume(server: Sandbox, client: Anchorbrowser) -> None:
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


def test_overlapping_threads(server: Sandbox, client: Anchorbrowser) -> None:
    """The one that came first leaves first, and the other stays unrecorded."""
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
def test_many_threads(server: Sandbox, client: Anchorbrowser, threads: int) -> None:
    """At every moment of every block, the beginning and the end of the others' blocks included."""

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


def test_no_call_object_can_be_made_for_resuming(
    server: Sandbox, client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)
    check_over(server)


def test_no_call_object_can_be_made_and_resuming_fails(
    server: Sandbox, client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(libanchor.NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)
    check_not_resumed(caught.value, libanchor.NotFoundError)


def test_the_settings_count_for_both_calls(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session-per-fault")
    with make_client(server).recordings.paused("500-once", max_retries=1):
        assert server.recording("500-once") == "paused"
    assert server.verbs("500-once") == ["pause", "pause", "resume"]
    with pytest.raises(libanchor.APITimeoutError, match="200 ms"):
        make_client(server).recordings.paused("stall", timeout=0.2).__enter__()
