"""The C ABI's other functions: they refuse wrong arguments, and anchor_pause_begin counts."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_uint64

import pytest
from c_abi import CANCELLED, INVALID_ARGUMENT, INVALID_HANDLE, OK, CAbi
from conftest import KEY, StartSandbox
from sandbox import Sandbox

#: Each function with its ids.
FUNCTIONS = {
    "anchor_resume_recording": ("demo",),
    "anchor_pause_begin": ("demo",),
    "anchor_pause_end": ("demo",),
    "anchor_list_recordings": ("demo",),
    "anchor_delete_recording": ("demo", "primary"),
    "anchor_connect": (),
}
EVERY_FUNCTION = pytest.mark.parametrize(("name", "ids"), FUNCTIONS.items(), ids=FUNCTIONS)


@pytest.fixture
def abi(shown: list[str]) -> CAbi:
    return CAbi(shown)


@pytest.fixture
def client(abi: CAbi, server: Sandbox) -> Iterator[int]:
    made = abi.client(KEY, base_url=server.url, max_retries=0)
    assert made.handle is not None
    yield made.handle
    abi.anchor_free(made.handle)


@pytest.fixture
def call(abi: CAbi) -> Iterator[int]:
    made = abi.new("anchor_call_new")
    yield made
    abi.anchor_free(made)


@EVERY_FUNCTION
def test_wrong_arguments_are_refused(
    abi: CAbi, server: Sandbox, client: int, call: int, name: str, ids: tuple[str, ...]
) -> None:
    assert abi.call_api(name, None, *ids, call=call).status == INVALID_ARGUMENT
    assert abi.call_api(name, 12345, *ids, call=call).status == INVALID_HANDLE
    assert abi.call_api(name, client, *ids, call=12345).status == INVALID_HANDLE
    for wrong in (None, b"", b"..", b"a\n", b"\xff", b"a/b", b"a%2fb", b"a\\b", b"x" * 257):
        for index, parameter in enumerate(["session_id", "recording_id"][: len(ids)]):
            given = [*ids[:index], wrong, *ids[index + 1 :]]
            result = abi.call_api(name, client, *given, call=call)
            assert result.status == INVALID_ARGUMENT
            assert parameter in (result.message or "")
    assert server.requests() == []


@EVERY_FUNCTION
def test_a_cancelled_call_sends_nothing(
    abi: CAbi, server: Sandbox, client: int, call: int, name: str, ids: tuple[str, ...]
) -> None:
    ends_a_pause = name == "anchor_pause_end"
    if ends_a_pause:
        assert abi.call_api("anchor_pause_begin", client, *ids).status == OK
    assert abi.anchor_call_cancel(call) == OK
    assert abi.call_api(name, client, *ids, call=call).status == CANCELLED
    assert server.verbs("demo") == (["pause"] if ends_a_pause else [])


def test_listing_requires_a_call_object(abi: CAbi, server: Sandbox, client: int) -> None:
    result = abi.call_api("anchor_list_recordings", client, "demo")
    assert result.status == INVALID_ARGUMENT
    assert "call" in (result.message or "")
    assert server.requests() == []


def test_an_unusable_download_file_is_refused(abi: CAbi, server: Sandbox, client: int) -> None:
    assert abi.call_api("anchor_download_recording", None, "demo", "video.mp4").status == INVALID_ARGUMENT
    for wrong in (None, b"", b"a\xff", b"/dev/null", b"/", b"no folder/video.mp4"):
        result = abi.call_api("anchor_download_recording", client, "demo", wrong)
        assert (result.status, "file" in (result.message or "")) == (INVALID_ARGUMENT, True)
    assert server.requests() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "name"),
    [
        (None, "/v1/x", None, "method"),
        ("GET", None, None, "path"),
        ("HEAD", "/v1/x", None, "method"),
        ("GET", "v1/x", None, "path"),
        ("POST", "/v1/x", b"\xff", "body"),
        ("POST", "/v1/x", "", "body"),
        ("POST", "/v1/x", "{", "body"),
    ],
)
def test_an_unusable_request_is_refused(
    abi: CAbi, server: Sandbox, client: int, method: str | None, path: str | None, body: str | bytes | None, name: str
) -> None:
    result = abi.call_api("anchor_request", client, method, path, body)
    assert result.status == INVALID_ARGUMENT
    assert name in (result.message or "")
    assert server.requests() == []


def test_every_begin_pauses_and_the_last_end_resumes(abi: CAbi, server: Sandbox, client: int) -> None:
    for name, state in (
        ("anchor_pause_begin", "paused"),
        ("anchor_pause_begin", "paused"),
        ("anchor_pause_end", "paused"),
        ("anchor_pause_end", "recording"),
    ):
        assert abi.call_api(name, client, "demo").status == OK
        assert server.recording("demo") == state
    assert server.verbs("demo") == ["pause", "pause", "resume"]
    result = abi.call_api("anchor_pause_end", client, "demo")
    assert result.status == INVALID_ARGUMENT
    assert "is not held" in (result.message or "")


def test_a_call_object_reports_how_long_to_wait(abi: CAbi, start_sandbox: StartSandbox, call: int) -> None:
    server = start_sandbox("--session-per-fault")
    client = abi.client(KEY, base_url=server.url).handle
    waits = c_uint64(99)
    assert abi.anchor_call_retry_after_ms(call, byref(waits)) == OK
    assert waits.value == 0
    assert abi.anchor_call_set_max_retries(call, 0) == OK
    for fault, milliseconds in (("429", 1000), ("429-long", 3_600_000), ("404", 0)):
        assert abi.call_api("anchor_list_recordings", client, fault, call=call).status == int(fault[:3])
        assert abi.anchor_call_retry_after_ms(call, byref(waits)) == OK
        assert waits.value == milliseconds
    assert len(server.requests("429")) == 1
    assert abi.anchor_free(client) == OK
