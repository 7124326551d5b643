"""Interrupts of a `paused` block: the recording goes on, or the exception says that it may not."""

from __future__ import annotations

import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

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
    return [] if error.__context__ is None else [str(error.__context__)]


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
                assert is_interrupted.wait(DEADLINE_SECONDS)
                return verbs(server)

        during = pool.submit(other)
        error = interrupt_pausing(client, server)
        is_interrupted.set()
        assert "resume" not in during.result(DEADLINE_SECONDS)
    assert attached(error) == []
    assert verbs(server) == ["pause", "pause", "resume"]


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
    assert "3000 ms" in note
    assert "may be paused" in note or sys.version_info < (3, 11)


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
    assert "interrupted; the request may have taken effect" in note
    assert "may be paused" in note or sys.version_info < (3, 11)


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
            server.may_answer.clear()
            server.asked.clear()
            interrupting = sent(signal.SIGINT, once=server.asked.wait)
            moments = interrupting.__enter__()
            if body == "raises":
                raise KeyError("mine")
        assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
        interrupting.__exit__(None, None, None)
    (note,) = attached(caught.value)
    assert "interrupted; the request may have taken effect" in note
    assert "not resumed" in note or sys.version_info < (3, 11)
    assert verbs(server) == ["pause", "resume"]
    if body == "raises":
        assert isinstance(caught.value.__context__, KeyError)


def test_in_the_body(make_client: MakeClient) -> None:
    with answering() as server:
        client = make_client(server.url)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"), sent(signal.SIGINT):
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
