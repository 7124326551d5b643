"""Interrupts of a `paused` block: it resumes, or says that the recording may be paused."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libanchor
import pytest
from conftest import MakeClient
from fake_server import FakeServer, serving
from interrupting import sent
from libanchor import Anchorbrowser
from paused_checks import note, notes
from sandbox import DEADLINE_SECONDS, Sandbox

pytestmark = pytest.mark.usefixtures("interruptible")

#: See test_interrupts.py.
AT_ONCE_SECONDS = 1.0


#: The message about a recording that may be left paused.
RESUME = (
    'and the recording of session "{0}" may still be paused; resume it with client.recordings.resume_recording("{0}"): '
)
#: The same after an interrupt, when there is no message of the library.
RESUME_UNNAMED = "and the recording may still be paused; resume it with client.recordings.resume_recording: "


def verbs(server: FakeServer) -> list[str]:
    return [path.rpartition("/")[2] for path in server.paths]


def interrupt_pausing(client: Anchorbrowser, server: FakeServer) -> KeyboardInterrupt:
    """Sends Ctrl-C when the first request has arrived. The server answers all later ones."""
    server.answers_later_requests = True
    with (
        sent(signal.SIGINT, once=server.requested.wait),
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("demo"),
    ):
        raise AssertionError("the block ran")
    return caught.value


def test_ctrl_c_during_pausing_resumes(make_client: MakeClient) -> None:
    """The interrupted request may have taken effect."""
    with serving(at_once=False) as server:
        error = interrupt_pausing(make_client(server.url), server)
    assert notes(error) == []
    assert verbs(server) == ["pause", "pause", "resume"]


def test_ctrl_c_during_pausing_does_not_resume_another_block(make_client: MakeClient) -> None:
    """A plain resume would record the other block."""
    is_interrupted = threading.Event()
    with serving(at_once=False) as server, ThreadPoolExecutor(1) as pool:
        client = make_client(server.url)

        def other() -> list[str]:
            assert server.requested.wait(DEADLINE_SECONDS)
            with client.recordings.paused("demo"):
                assert server.state == "paused"
                assert is_interrupted.wait(DEADLINE_SECONDS)
                assert server.state == "paused"
                return verbs(server)

        during = pool.submit(other)
        error = interrupt_pausing(client, server)
        is_interrupted.set()
        assert "resume" not in during.result(DEADLINE_SECONDS)
    assert notes(error) == []
    assert verbs(server) == ["pause", "pause", "pause", "resume"]


def test_ctrl_c_during_pausing_is_noted_if_the_api_does_not_answer(sandbox: Sandbox, make_client: MakeClient) -> None:
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
    assert "the block did not run, " + RESUME.format("stall") + "timed out after 3000 ms while pausing" in note(
        caught.value
    )


def test_a_second_ctrl_c_stops_undoing_the_pause(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox)
    with (
        sent(signal.SIGINT, after=0.3),
        sent(signal.SIGINT, after=0.7) as moments,
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("stall"),
    ):
        raise AssertionError("the block ran")
    assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
    expected = "the block did not run, " + RESUME_UNNAMED + "interrupted; the request may have taken effect"
    assert expected in note(caught.value)


def test_undoing_a_pause_takes_at_most_5_seconds(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox)
    with (
        sent(signal.SIGINT, after=0.1),
        pytest.raises(KeyboardInterrupt) as caught,
        client.recordings.paused("stall", timeout=60),
    ):
        raise AssertionError("the block ran")
    assert "5000 ms" in note(caught.value)


@pytest.mark.parametrize("body", ["ends", "raises"])
def test_ctrl_c_during_resuming_is_noted(make_client: MakeClient, body: str) -> None:
    with serving() as server:
        client = make_client(server.url)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            assert server.state == "paused"
            server.may_answer.clear()
            server.requested.clear()
            interrupting = sent(signal.SIGINT, once=server.requested.wait)
            moments = interrupting.__enter__()
            if body == "raises":
                raise KeyError("mine")
        assert time.monotonic() - moments[0] < AT_ONCE_SECONDS
        interrupting.__exit__(None, None, None)
    assert "the block ran, " + RESUME_UNNAMED + "interrupted; the request may have taken effect" in note(caught.value)
    assert verbs(server) == ["pause", "resume"]
    if body == "raises":
        assert isinstance(caught.value.__context__, KeyError)


def test_ctrl_c_in_the_block_resumes(make_client: MakeClient) -> None:
    with serving() as server:
        client = make_client(server.url)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            assert server.state == "paused"
            with sent(signal.SIGINT):
                time.sleep(DEADLINE_SECONDS)
    assert notes(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def test_ctrl_c_just_before_resuming_resumes(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the same effect as an interrupt in the block."""
    with serving() as server:
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
    assert notes(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def test_ctrl_c_just_after_pausing_resumes(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        client = make_client(server.url)
        read = client._abi.anchor_call_attempts
        failures = iter([KeyboardInterrupt()])

        def interrupted(*arguments: object) -> object:
            for failure in failures:
                raise failure
            return read(*arguments)

        monkeypatch.setattr(client._abi, "anchor_call_attempts", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught, client.recordings.paused("demo"):
            raise AssertionError("the block ran")
    assert notes(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def raising(function: Callable[..., Any], *failures: BaseException) -> Callable[..., Any]:
    """A function whose first calls raise these, as a signal handler may."""
    left = iter(failures)

    def call(*arguments: object) -> Any:
        for failure in left:
            raise failure
        return function(*arguments)

    return call


def error_of_another_call() -> libanchor.NotFoundError:
    """The exception of a call that a signal handler made."""
    return libanchor.NotFoundError("of another session", status=404)


def test_an_exception_of_a_handler_after_pausing_is_raised(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as server:
        client = make_client(server.url)
        read = client._abi.anchor_call_attempts
        monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, error_of_another_call()))
        with pytest.raises(libanchor.NotFoundError, match="of another session") as caught:
            client.recordings.paused("demo").__enter__()
    assert notes(caught.value) == []
    assert verbs(server) == ["pause", "resume"]


def test_an_exception_of_a_handler_while_undoing_a_pause_is_raised(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second pause is counted, so it must be ended, or no later block would resume."""
    with serving(at_once=False) as server:
        client = make_client(server.url)
        read = client._abi.anchor_call_attempts
        monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, error_of_another_call()))
        server.answers_later_requests = True
        with (
            sent(signal.SIGINT, once=server.requested.wait),
            pytest.raises(libanchor.NotFoundError, match="of another session") as caught,
        ):
            client.recordings.paused("demo").__enter__()
        assert isinstance(caught.value.__context__, KeyboardInterrupt)
        assert verbs(server) == ["pause", "pause", "resume"]
        with client.recordings.paused("demo"):
            assert server.state == "paused"
        assert server.state == "recording"


@pytest.mark.parametrize("answer", [None, "{}"], ids=["resumed", "not resumed"])
def test_an_exception_of_a_handler_after_resuming_is_raised(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    """The exception is not taken for the failure of the resume. That failure becomes a note."""
    with serving() as server:
        client = make_client(server.url)
        with (
            pytest.raises(libanchor.NotFoundError, match="of another session") as caught,
            client.recordings.paused("demo"),
        ):
            assert server.state == "paused"
            server.body = answer
            read = client._abi.anchor_call_attempts
            monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, error_of_another_call()))
    assert server.state == "recording"
    if answer is None:
        assert notes(caught.value) == []
    else:
        assert "the block ran, " + RESUME_UNNAMED in note(caught.value)


def test_a_lack_of_memory_after_resuming_is_not_reported(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as server:
        client = make_client(server.url)
        with client.recordings.paused("demo"):
            assert server.state == "paused"
            monkeypatch.setattr(client._abi, "anchor_call_attempts", lambda *_: 9)
    assert verbs(server) == ["pause", "resume"]


def test_ctrl_c_after_a_pause_with_an_unknown_outcome_is_noted(
    sandbox: Sandbox, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interrupt replaces the failure, so it has to carry the note."""
    client = make_client(sandbox)
    read = client._abi.anchor_call_attempts
    monkeypatch.setattr(client._abi, "anchor_call_attempts", raising(read, KeyboardInterrupt()))
    before = len(sandbox.requests("stall"))
    with pytest.raises(KeyboardInterrupt) as caught:
        client.recordings.paused("stall", timeout=0.2).__enter__()
    assert "the block did not run, " + RESUME.format("stall") + "timed out after 200 ms while pausing" in note(
        caught.value
    )
    assert len(sandbox.requests("stall")) == before + 2
