"""Interrupts of a `paused` block: the recording goes on, or the exception says that it may not."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libanchor
import pytest
from answering import Answering, answering
from conftest import MakeClient
from interrupting import sent
from libanchor import Anchorbrowser
from sandbox import DEADLINE_SECONDS, Sandbox

pytestmark = pytest.mark.usefixtures("interruptible")

#: As in test_interrupts.py.
AT_ONCE_SECONDS = 1.0


def attached(error: BaseException) -> list[str]:
    """What was attached to the exception."""
    if sys.version_info >= (3, 11):
        return list(getattr(error, "__notes__", []))
    first = error
    while first.__context__ is not None:
        first = first.__context__
    return [str(first)] if isinstance(first, libanchor.NotResumedError) else []


#: What is said of a block whose recording may stay paused.
RESUME = (
    'and the recording of session "{0}" may still be paused; resume it with client.recordings.resume_recording("{0}"): '
)


def verbs(server: Answering) -> list[str]:
    return [path.rpartition("/")[2] for path in server.paths]


def interrupt_pausing(client: Anchorbrowser, server: Answering) -> KeyboardInterrupt:
    """Ctrl-C when the first request has come, while the server answers all later ones."""
    server.answers_later_ones = True
    with (
        sent(signal.SIGINT, once=server.asked.wait),
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("demo"),
    ):
        raise AssertionError("the body runs")
    return caught.value


def test_during_pausing_the_recording_is_resumed(make_client: MakeClient) -> None:
    """The interrupted request may have taken effect."""
    with answering(at_once=False) as server:
        error = interrupt_pausing(make_client(server.url), server)
    assert attached(error) == []
    assert verbs(server) == ["pause", "pause", "resume"]


def test_during_pausing_beside_another_hold(make_client: MakeClient) -> None:
    """Resuming would uncover what the other block does."""
    is_interrupted = threading.Event()
    with answering(at_once=False) as server, ThreadPoolExecutor(1) as pool:
        client = make_client(server.url)

        def other() -> list[str]:
            assert server.asked.wait(DEADLINE_SECONDS)
            with client.recordings.paused("demo"):
                assert server.state == "paused"
                assert is_interrupted.wait(DEADLINE_SECONDS)
                assert server.state == "paused"
                return verbs(server)

        during = pool.submit(other)
        error = interrupt_pausing(client, server)
        is_interrupted.set()
        assert "resume" not in during.result(DEADLINE_SECONDS)
    assert attached(error) == []
    assert verbs(server) == ["pause", "pause", "pause", "resume"]


def test_during_pausing_while_the_api_does_not_answer(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox)
    ran = False
    with (
        sent(signal.SIGINT, after=0.3) as moments,
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("stall", timeout=3),
    ):
        ran = True
    assert not ran
    assert time.monotonic() - moments[0] < 3 + AT_ONCE_SECONDS
    (note,) = attached(caught.value)
    assert "the block did not run, " + RESUME.format("stall") + "timed out after 3000 ms while pausing" in note


def test_a_second_one_ends_the_resuming_after_the_first(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox)
    with (
        sent(signal.SIGINT, after=0.3),
        sent(signal.SIGINT, after=0.7) as moments,
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("stall"),
    ):
        raise AssertionError("the body runs")
    assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
    (note,) = attached(caught.value)
    expected = "the block did not run, " + RESUME.format("stall") + "interrupted; the request may have taken effect"
    assert expected in note


def test_undoing_takes_5_seconds_at_most(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox)
    with (
        sent(signal.SIGINT, after=0.1),
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("stall", timeout=60),
    ):
        raise AssertionError("the body runs")
    (note,) = attached(caught.value)
    assert "5000 ms" in note


@pytest.mark.parametrize("body", ["ends", "raises"])
def test_during_resuming(make_client: MakeClient, body: str) -> None:
    with answering() as server:
        client = make_client(server.url)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            assert server.state == "paused"
            server.may_answer.clear()
            server.asked.clear()
            interrupting = sent(signal.SIGINT, once=server.asked.wait)
            moments = interrupting.__enter__()
            if body == "raises":
                raise KeyError("mine")
        assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
        interrupting.__exit__(None, None, None)
    (note,) = attached(caught.value)
    assert "the block ran, " + RESUME.format("demo") + "interrupted; the request may have taken effect" in note
    assert verbs(server) == ["pause", "resume"]
    if body == "raises":
        assert isinstance(caught.value.__context__, KeyError)


def test_in_the_body(make_client: MakeClient) -> None:
    with answering() as server:
        client = make_client(server.url)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            assert server.state == "paused"
            with sent(signal.SIGINT):
                time.sleep(DEADLINE_SECONDS)
    assert attached(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def test_just_before_resuming(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is as if the body had raised it: the recording is resumed."""
    with answering() as server:
        client = make_client(server.url)
        make = client._abi.anchor_call_new
        failures = iter([KeyboardInterrupt()])

        def interrupted(*arguments: object) -> object:
            for failure in failures:
                raise failure
            return make(*arguments)

        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            assert server.state == "paused"
            monkeypatch.setattr(client._abi, "anchor_call_new", interrupted)
    assert attached(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def test_just_after_pausing(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block does not run, so the recording is resumed."""
    with answering() as server:
        client = make_client(server.url)
        read = client._abi.anchor_call_attempts
        failures = iter([KeyboardInterrupt()])

        def interrupted(*arguments: object) -> object:
            for failure in failures:
                raise failure
            return read(*arguments)

        monkeypatch.setattr(client._abi, "anchor_call_attempts", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            raise AssertionError("the body runs")
    assert attached(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def raising(function: Callable[..., Any], *failures: BaseException) -> Callable[..., Any]:
    """The function, whose first calls raise those, as the handler of a signal may."""
    left = iter(failures)

    def call(*arguments: object) -> Any:
        for failure in left:
            raise failure
        return function(*arguments)

    return call


def a_handlers() -> libanchor.NotFoundError:
    """A handler of a signal may make calls, and let out what they raise."""
    return libanchor.NotFoundError("of another session", status=404)


def test_a_handler_lets_out_a_failure_just_after_pausing(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering() as server:
        client = make_client(server.url)
        read = client._abi.anchor_call_attempts
        monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, a_handlers()))
        with pytest.raises(libanchor.NotFoundError, match="of another session") as caught:
            client.recordings.paused("demo").__enter__()
    assert attached(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def test_a_handler_lets_out_a_failure_while_a_pause_is_undone(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second pause counts, so that it must be ended, or no later block would resume."""
    with answering(at_once=False) as server:
        client = make_client(server.url)
        read = client._abi.anchor_call_attempts
        monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, a_handlers()))
        server.answers_later_ones = True
        with (
            sent(signal.SIGINT, once=server.asked.wait),
            pytest.raises(libanchor.NotFoundError, match="of another session") as caught,
        ):
            client.recordings.paused("demo").__enter__()
        assert isinstance(caught.value.__context__, KeyboardInterrupt)
        assert verbs(server) == ["pause", "pause", "resume"]
        with client.recordings.paused("demo"):
            assert server.state == "paused"
        assert server.state == "recording"


def test_a_handler_lets_out_a_failure_when_the_recording_resumed(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering() as server:
        client = make_client(server.url)
        with (
            pytest.raises(libanchor.NotFoundError, match="of another session") as caught,
            client.recordings.paused("demo"),
        ):
            assert server.state == "paused"
            read = client._abi.anchor_call_attempts
            monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, a_handlers()))
    assert attached(caught.value) == []
    assert server.state == "recording"


def test_a_handler_lets_out_a_failure_when_resuming_failed(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the cause."""
    with answering() as server:
        client = make_client(server.url)
        with (
            pytest.raises(libanchor.NotFoundError, match="of another session") as caught,
            client.recordings.paused("demo"),
        ):
            assert server.state == "paused"
            server.body = "{}"
            read = client._abi.anchor_call_attempts
            monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, a_handlers()))
    (note,) = attached(caught.value)
    assert "the block ran, " + RESUME.format("demo") in note


def test_no_memory_when_the_recording_resumed(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering() as server:
        client = make_client(server.url)
        with client.recordings.paused("demo"):
            assert server.state == "paused"
            monkeypatch.setattr(client._abi, "anchor_call_attempts", lambda *_: 9)
    assert verbs(server) == ["pause", "resume"]


def test_just_after_a_pause_whose_outcome_is_unknown(
    sandbox: Sandbox, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interrupt hides the failure, which would have said that the recording may be paused."""
    client = make_client(sandbox)
    read = client._abi.anchor_call_attempts
    monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, KeyboardInterrupt()))
    before = len(sandbox.requests("stall"))
    with pytest.raises(KeyboardInterrupt) as caught:
        client.recordings.paused("stall", timeout=0.2).__enter__()
    (note,) = attached(caught.value)
    assert "the block did not run, " + RESUME.format("stall") + "timed out after 200 ms while pausing" in note
    assert len(sandbox.requests("stall")) == before + 2
