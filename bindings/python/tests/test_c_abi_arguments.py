"""The C ABI answers every wrong input with a status and a message, and sends nothing."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import byref, c_int32, c_uint32, c_uint64, c_void_p
from typing import Any

import pytest
from c_abi import INVALID_ARGUMENT, INVALID_HANDLE, OK, OPTION_SETTERS, CAbi, Result
from conftest import KEY
from sandbox import Sandbox


@pytest.fixture
def abi(shown: list[str]) -> CAbi:
    return CAbi(shown)


@pytest.fixture
def client(abi: CAbi, sandbox: Sandbox) -> Iterator[int]:
    made = abi.client(KEY, base_url=sandbox.url, max_retries=0)
    assert made.status == OK
    assert made.handle is not None
    yield made.handle
    abi.anchor_free(made.handle)


@pytest.fixture(autouse=True)
def _nothing_is_sent(sandbox: Sandbox) -> Iterator[None]:
    before = len(sandbox.requests())
    yield
    assert len(sandbox.requests()) == before


def check(result: Result, status: int, name: str) -> None:
    assert result.status == status
    assert result.handle is None
    assert result.message is not None
    assert name in result.message
    assert "\n" not in result.message


def test_the_message_names_a_null_argument(abi: CAbi, client: int) -> None:
    check(abi.pause(None, "404"), INVALID_ARGUMENT, "client is NULL")
    check(abi.pause(client, None), INVALID_ARGUMENT, "session_id")
    error = c_void_p()
    assert abi.anchor_client_new(KEY.encode(), None, None, byref(error)) == INVALID_ARGUMENT
    assert "client is NULL" in ctypes.string_at(error).decode()
    assert abi.anchor_free(error) == OK


def test_the_message_is_optional(abi: CAbi, client: int) -> None:
    assert abi.anchor_pause_recording(None, b"404", None, None) == INVALID_ARGUMENT
    assert abi.anchor_pause_recording(client, b"", None, None) == INVALID_ARGUMENT
    assert abi.anchor_client_new(b"", None, None, None) == INVALID_ARGUMENT


def test_null_outputs_are_refused(abi: CAbi) -> None:
    assert abi.anchor_call_new(None) == INVALID_ARGUMENT
    assert abi.anchor_options_new(None) == INVALID_ARGUMENT
    call = abi.new("anchor_call_new")
    for reader in ("http_status", "attempts", "retry_after_ms", "request_id", "result"):
        assert getattr(abi, f"anchor_call_{reader}")(call, None) == INVALID_ARGUMENT
        # The variable is large enough for the output of every reader.
        assert getattr(abi, f"anchor_call_{reader}")(None, byref(c_void_p(12345))) == INVALID_ARGUMENT
    assert abi.anchor_free(call) == OK


def test_null_handles_are_refused(abi: CAbi) -> None:
    assert abi.anchor_call_set_timeout_ms(None, 1) == INVALID_ARGUMENT
    assert abi.anchor_call_set_max_retries(None, 1) == INVALID_ARGUMENT
    assert abi.anchor_call_cancel(None) == INVALID_ARGUMENT
    assert abi.anchor_call_set_progress(None, None, None) == INVALID_ARGUMENT
    for setter, values in OPTION_SETTERS.items():
        assert getattr(abi, setter)(None, *values) == INVALID_ARGUMENT
    assert abi.anchor_free(None) == OK


BAD_SESSIONS = [
    b"",
    b".",
    b"..",
    b"x" * 257,
    b"\xff",
    b"a\xc3",
    b"\xed\xa0\x80",
    b"a\nb",
    b"\t",
    b"\r",
    b"\x01",
    b"\x1b[2J",
    b"\x7f",
    b"\xc2\x85",
]


@pytest.mark.parametrize("session", BAD_SESSIONS)
def test_an_unusable_session_id_is_refused(abi: CAbi, client: int, session: bytes) -> None:
    check(abi.pause(client, session), INVALID_ARGUMENT, "session_id")


BAD_SETTINGS: list[tuple[str, Any]] = [
    ("base_url", b"http://\xff"),
    ("base_url", ""),
    ("base_url", "127.0.0.1:80"),
    ("base_url", "http://user:sk-canary-password@127.0.0.1"),
    ("base_url", "http://127.0.0.1?q=sk-canary-query"),
    ("base_url", "http://127.0.0.1#f"),
    ("base_url", "http://127.0.0.1:99999"),
    ("ca_file", b"\xff"),
    ("ca_file", ""),
    ("ca_file", "/no/such/file"),
    ("ca_file", __file__),
    ("proxy", b"\xff"),
    ("proxy", "127.0.0.1"),
    ("client_certificate", "/no/such/file"),
    ("client_certificate", __file__),
    ("wrapper", ""),
    ("wrapper", "a b"),
    ("timeout_ms", 0),
    ("timeout_ms", 86_400_001),
    ("timeout_ms", 2**64 - 1),
]


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS, ids=lambda part: repr(part)[:40].replace(__file__, "text"))
def test_an_unusable_setting_is_refused(abi: CAbi, name: str, value: Any) -> None:
    check(abi.client(KEY, **{name: value}), INVALID_ARGUMENT, name)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b" ", b"\x01", b"\xff", "ü".encode(), b"k" * 4096])
def test_an_unusable_api_key_is_refused(abi: CAbi, ending: bytes) -> None:
    check(abi.client(KEY.encode() + ending), INVALID_ARGUMENT, "api_key")


def test_a_missing_api_key_is_refused(abi: CAbi) -> None:
    check(abi.client(b""), INVALID_ARGUMENT, "api_key")
    check(abi.client(None), INVALID_ARGUMENT, "ANCHORBROWSER_API_KEY")


@pytest.mark.parametrize("timeout_ms", [0, 86_400_001, 2**64 - 1])
def test_an_unusable_timeout_of_a_call_is_refused(abi: CAbi, client: int, timeout_ms: int) -> None:
    call = abi.new("anchor_call_new")
    assert abi.anchor_call_set_timeout_ms(call, timeout_ms) == OK
    check(abi.pause(client, "404", call), INVALID_ARGUMENT, "timeout_ms")
    assert abi.outcome(call) == (0, 0, None, None)
    assert abi.anchor_free(call) == OK


def truncated(handle: int) -> list[int]:
    """The handle after a C program stored it in an int: zero-extended and sign-extended."""
    low = handle & 0xFFFF_FFFF
    return [low, c_int32(low).value & 0xFFFF_FFFF_FFFF_FFFF]


def wrong_handles(abi: CAbi, client: int) -> dict[str, int]:
    freed = abi.new("anchor_call_new")
    assert abi.anchor_free(freed) == OK
    buffer = ctypes.create_string_buffer(64)
    zero, sign = truncated(client)
    return {
        "one": 1,
        "junk": 0xDEAD_BEEF,
        "all ones": 2**64 - 1,
        "the top bit alone": 2**63,
        "an address": ctypes.addressof(buffer),
        "truncated to 32 bits": zero or 7,
        "truncated and sign-extended": sign or 7,
        "freed": freed,
        "a distant slot": client + 5_000_000,
        "another generation": client + (1 << 32),
    }


def test_the_message_names_a_wrong_handle(abi: CAbi, client: int) -> None:
    for handle in wrong_handles(abi, client).values():
        check(abi.pause(handle, "404"), INVALID_HANDLE, "client")
        check(abi.pause(client, "404", handle), INVALID_HANDLE, "call")
        check(abi.new_client(KEY, handle), INVALID_HANDLE, "options")


def test_a_wrong_handle_has_no_effect(abi: CAbi, client: int) -> None:
    for handle in wrong_handles(abi, client).values():
        assert abi.anchor_call_cancel(handle) == INVALID_HANDLE
        assert abi.anchor_call_set_timeout_ms(handle, 1) == INVALID_HANDLE
        assert abi.anchor_call_set_max_retries(handle, 1) == INVALID_HANDLE
        assert abi.anchor_call_set_progress(handle, None, None) == INVALID_HANDLE
        for setter, values in OPTION_SETTERS.items():
            assert getattr(abi, setter)(handle, *values) == INVALID_HANDLE
        out = c_void_p(12345)
        assert abi.anchor_call_result(handle, byref(out)) == INVALID_HANDLE
        assert out.value is None
        number = c_uint32(99)
        assert abi.anchor_call_attempts(handle, byref(number)) == INVALID_HANDLE
        assert number.value == 0
        done, total = c_uint64(99), c_uint64(99)
        assert abi.anchor_call_transferred(handle, byref(done), byref(total)) == INVALID_HANDLE
        assert (done.value, total.value) == (0, 0)
        assert abi.anchor_free(handle) == INVALID_HANDLE
    check(abi.pause(client, ""), INVALID_ARGUMENT, "session_id")


def test_a_handle_of_another_type_is_refused(abi: CAbi, client: int) -> None:
    call, options = abi.new("anchor_call_new"), abi.new("anchor_options_new")
    error = c_void_p()
    assert abi.anchor_pause_recording(client, b"", None, byref(error)) == INVALID_ARGUMENT
    text = error.value
    assert text is not None
    for handle in (call, options, text):
        check(abi.pause(handle, "404"), INVALID_HANDLE, "client")
    for handle in (client, options, text):
        check(abi.pause(client, "404", handle), INVALID_HANDLE, "call")
        assert abi.anchor_call_cancel(handle) == INVALID_HANDLE
    for handle in (client, call, text):
        check(abi.new_client(KEY, handle), INVALID_HANDLE, "options")
        assert abi.anchor_options_set_timeout_ms(handle, 1) == INVALID_HANDLE
    for handle in (call, options, text):
        assert abi.anchor_free(handle) == OK


@pytest.mark.parametrize("kind", ["client", "anchor_call_new", "anchor_options_new"])
def test_a_second_free_is_refused(abi: CAbi, kind: str) -> None:
    handle = abi.client(KEY).handle if kind == "client" else abi.new(kind)
    assert abi.anchor_free(handle) == OK
    for _ in range(3):
        assert abi.anchor_free(handle) == INVALID_HANDLE
    # A new handle in the same slot does not make the old one valid again.
    new_handles = [abi.new("anchor_call_new") for _ in range(100)]
    assert handle not in new_handles
    assert abi.anchor_free(handle) == INVALID_HANDLE
    for new_handle in new_handles:
        assert abi.anchor_free(new_handle) == OK


def test_an_address_inside_a_string_is_not_freed(abi: CAbi) -> None:
    error = c_void_p()
    assert abi.anchor_pause_recording(None, None, None, byref(error)) == INVALID_ARGUMENT
    assert error.value is not None
    assert abi.anchor_free(error.value + 1) == INVALID_HANDLE
    assert abi.anchor_free(error) == OK
    assert abi.anchor_free(error) == INVALID_HANDLE


def test_strings_of_the_caller_are_copied(abi: CAbi) -> None:
    options = abi.new("anchor_options_new")
    url = ctypes.create_string_buffer(b"http://127.0.0.1:1")
    assert abi.anchor_options_set_base_url(options, url) == OK
    ctypes.memset(url, ord("x"), 4)
    made = abi.new_client(KEY, options)
    assert abi.anchor_free(options) == OK
    assert made.status == OK
    assert abi.anchor_free(made.handle) == OK


def test_status_names(abi: CAbi) -> None:
    names = {
        0: "ANCHOR_OK",
        6: "ANCHOR_TIMEOUT",
        404: "ANCHOR_NOT_FOUND",
        418: "HTTP_STATUS",
        -7: "UNKNOWN_STATUS",
    }
    assert {status: abi.anchor_status_name(status).decode() for status in names} == names
