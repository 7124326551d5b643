"""A recording is paused while a block runs, and goes on however the block ends."""

from __future__ import annotations

import asyncio
import sys
import threading
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


def check_over(server: Sandbox) -> None:
    """One pause and one resume."""
    assert server.verbs("demo") == ["pause", "resume"]
    assert server.recording("demo") == "recording"


def attached(error: BaseException) -> str:
    """What was attached to the body's exception."""
    if sys.version_info >= (3, 11):
        (note,) = error.__notes__
        return str(note)
    return str(error.__context__)


def test_the_body_ends(server: Sandbox, client: Anchorbrowser) -> None:
    with client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
    check_over(server)


def test_the_body_raises(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError, match="mine") as caught, client.recordings.paused("demo"):
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
    with pytest.raises(libanchor.NotFoundError) as caught, client.recordings.paused("demo"):
        server.end_session("demo")
    assert caught.value.status_code == 404
    assert server.verbs("demo")[0::2] == ["pause", "resume"]
    # The hold is over all the same.
    with pytest.raises(libanchor.NotFoundError), client.recordings.paused("demo"):
        raise AssertionError("the body runs")


def test_resuming_fails_and_the_body_raises_too(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError, match="mine") as caught, client.recordings.paused("demo"):
        server.end_session("demo")
        raise KeyError("mine")
    assert "Session not found" in attached(caught.value)
    assert "not resumed" in attached(caught.value) or sys.version_info < (3, 11)


def test_the_bodys_own_context_is_kept(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(KeyError) as caught, client.recordings.paused("demo"):
        server.end_session("demo")
        try:
            raise IndexError("first")
        except IndexError:
            raise KeyError("second")  # noqa: B904
    context = caught.value.__context__
    assert isinstance(context, IndexError)
    assert "Session not found" in attached(caught.value if sys.version_info >= (3, 11) else context)


def test_a_client_that_the_body_closes_cannot_resume(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.ClientClosedError), client.recordings.paused("demo"):
        client.close()
    assert server.verbs("demo") == ["pause"]


def test_nested(server: Sandbox, client: Anchorbrowser) -> None:
    with client.recordings.paused("demo"):
        with client.recordings.paused("demo"), client.with_options(timeout=5).recordings.paused("demo"):
            assert server.recording("demo") == "paused"
        assert server.recording("demo") == "paused"
        with client.recordings.paused("other"):
            assert server.recording("other") == "paused"
        assert server.recording("other") == "recording"
    check_over(server)


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
            assert second_is_in.wait(DEADLINE_SECONDS)
            state = server.recording("demo")
        first_is_out.set()
        return state

    def second() -> str:
        with client.recordings.paused("demo"):
            second_is_in.set()
            assert first_is_out.wait(DEADLINE_SECONDS)
            return server.recording("demo")

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(first), pool.submit(second)]
        assert [future.result(DEADLINE_SECONDS) for future in futures] == ["paused", "paused"]
    check_over(server)


def test_many_threads(server: Sandbox, client: Anchorbrowser) -> None:
    def work(_: int) -> set[str]:
        states = set()
        for _ in range(25):
            with client.recordings.paused("demo"):
                states.add(server.recording("demo"))
        return states

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(work, number) for number in range(2)]
        assert [future.result(DEADLINE_SECONDS) for future in futures] == [{"paused"}] * 2
    assert server.recording("demo") == "recording"
    # In between, a block that begins while another one ends may pause anew before that one has resumed.
    verbs = server.verbs("demo")
    assert (verbs[0], verbs[-1]) == ("pause", "resume")


def test_no_call_object_can_be_made_for_resuming(
    server: Sandbox, client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client.recordings.paused("demo"):
        monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)
    check_over(server)


def test_the_settings_count_for_both_calls(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session-per-fault")
    with make_client(server).recordings.paused("500-once", max_retries=1):
        pass
    assert server.verbs("500-once") == ["pause", "pause", "resume"]
    with pytest.raises(libanchor.APITimeoutError, match="200 ms"):
        make_client(server).recordings.paused("stall", timeout=0.2).__enter__()
