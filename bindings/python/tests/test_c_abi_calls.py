"""The C ABI's call object: what it reports, and how it cancels a call."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from ctypes import byref, c_int32, c_void_p

import pytest
from c_abi import CANCELLED, INVALID_ARGUMENT, INVALID_HANDLE, OK, TIMEOUT, CAbi, Result
from conftest import KEY, StartSandbox
from sandbox import DEADLINE_SECONDS, Sandbox


@pytest.fixture
def abi(shown: list[str]) -> CAbi:
    return CAbi(shown)


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session-per-fault", "--session", "demo")


@pytest.fixture
def client(abi: CAbi, server: Sandbox) -> Iterator[int]:
    made = abi.client(KEY, base_url=server.url)
    assert made.handle is not None
    yield made.handle
    abi.anchor_free(made.handle)


@pytest.fixture
def call(abi: CAbi) -> Iterator[int]:
    made = abi.new("anchor_call_new")
    yield made
    abi.anchor_free(made)


class Background:
    """Makes a call on another thread."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._results: list[Result] = []
        self._thread = threading.Thread(target=lambda: self._results.append(work()), daemon=True)
        self._thread.start()

    def result(self) -> Result:
        self._thread.join(DEADLINE_SECONDS)
        assert self._results, "the call did not return"
        return self._results[0]


def test_a_call_object_can_be_used_for_several_calls(abi: CAbi, client: int, call: int) -> None:
    assert abi.outcome(call) == (0, 0, None, None)
    assert abi.pause(client, "demo", call) == Result(OK, None, None)
    http_status, attempts, request_id, result = abi.outcome(call)
    assert (http_status, attempts) == (200, 1)
    assert request_id
    assert json.loads(result or "") == {"data": {"data": {"status": "paused"}}}
    assert abi.pause(client, "500-once", call).status == OK
    assert abi.outcome(call)[:2] == (200, 2)
    assert abi.pause(client, "404", call).status == 404
    assert abi.outcome(call)[:2] == (404, 1)
    assert abi.call_api("anchor_delete_recording", client, "no-content", "primary", call=call).status == OK
    http_status, attempts, another_id, result = abi.outcome(call)
    assert (http_status, attempts, result) == (204, 1, None)
    assert another_id != request_id
    assert abi.pause(client, "", call).status == INVALID_ARGUMENT


def test_the_timeout_of_a_call_object_applies(abi: CAbi, client: int, call: int) -> None:
    assert abi.anchor_call_set_timeout_ms(call, 300) == OK
    result = abi.pause(client, "stall", call)
    assert (result.status, "300 ms" in (result.message or "")) == (TIMEOUT, True)
    assert abi.outcome(call) == (0, 1, None, None)


def test_cancel_ends_a_stalled_call(abi: CAbi, server: Sandbox, client: int, call: int) -> None:
    background = Background(lambda: abi.pause(client, "stall", call))
    server.wait_for_request("stall")
    begun = time.monotonic()
    assert abi.anchor_call_cancel(call) == OK
    result = background.result()
    assert time.monotonic() - begun < 1
    assert result.status == CANCELLED
    assert result.message == (
        'cancelled while pausing session "stall"; assume that it is still being recorded, and pause again; '
        "if you give up, resume: it may be paused"
    )
    assert abi.outcome(call) == (0, 1, None, None)
    # The call object stays cancelled.
    assert abi.pause(client, "demo", call).status == CANCELLED
    assert server.requests("demo") == []


def test_cancel_before_the_call_sends_nothing(abi: CAbi, server: Sandbox, client: int, call: int) -> None:
    assert abi.anchor_call_cancel(call) == OK
    result = abi.pause(client, "demo", call)
    assert result.status == CANCELLED
    assert (result.message or "").startswith('cancelled before pausing session "demo": nothing was sent; ')
    assert abi.outcome(call) == (0, 0, None, None)
    assert server.requests() == []


def test_a_call_object_is_in_use_during_its_call(abi: CAbi, server: Sandbox, client: int, call: int) -> None:
    background = Background(lambda: abi.pause(client, "stall", call))
    server.wait_for_request("stall")
    second = abi.pause(client, "demo", call)
    assert second.status == INVALID_ARGUMENT
    assert "call is in use" in (second.message or "")
    number, text = c_int32(99), c_void_p(12345)
    assert abi.anchor_call_http_status(call, byref(number)) == INVALID_ARGUMENT
    assert abi.anchor_call_result(call, byref(text)) == INVALID_ARGUMENT
    assert (number.value, text.value) == (0, None)
    assert abi.anchor_call_cancel(call) == OK
    assert background.result().status == CANCELLED
    assert server.requests("demo") == []


def test_client_and_call_object_may_be_freed_during_a_call(abi: CAbi, server: Sandbox, client: int) -> None:
    call = abi.new("anchor_call_new")
    background = Background(lambda: abi.pause(client, "delay", call))
    server.wait_for_request("delay")
    assert abi.anchor_free(client) == OK
    assert abi.anchor_free(call) == OK
    assert abi.anchor_call_cancel(call) == INVALID_HANDLE
    assert abi.pause(client, "demo").status == INVALID_HANDLE
    assert background.result() == Result(OK, None, None)
    assert server.recording("delay") == "paused"
