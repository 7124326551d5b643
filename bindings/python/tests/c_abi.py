"""The C ABI as a C program sees it.

The functions are declared here a second time, from include/anchor.h, so that nothing of the package
is used.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_char_p, c_int32, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass
from typing import Any

from paths import LIBRARY

OK = 0
INVALID_ARGUMENT = 1
INVALID_HANDLE = 2
TIMEOUT = 6
CANCELLED = 7

#: Accepts any address, so that a test can pass NULL, junk, or a handle of another type.
_ANY = c_void_p
PARAMETERS: dict[str, list[Any]] = {
    "anchor_client_new": [c_char_p, _ANY, _ANY, _ANY],
    "anchor_pause_recording": [_ANY, c_char_p, _ANY, _ANY],
    "anchor_resume_recording": [_ANY, c_char_p, _ANY, _ANY],
    "anchor_pause_begin": [_ANY, c_char_p, _ANY, _ANY],
    "anchor_pause_end": [_ANY, c_char_p, _ANY, _ANY],
    "anchor_list_recordings": [_ANY, c_char_p, _ANY, _ANY],
    "anchor_delete_recording": [_ANY, c_char_p, c_char_p, _ANY, _ANY],
    "anchor_download_recording": [_ANY, c_char_p, c_char_p, _ANY, _ANY],
    "anchor_request": [_ANY, c_char_p, c_char_p, c_char_p, _ANY, _ANY],
    "anchor_connect": [_ANY, _ANY, _ANY],
    "anchor_free": [_ANY],
    "anchor_call_new": [_ANY],
    "anchor_call_set_timeout_ms": [_ANY, c_uint64],
    "anchor_call_set_max_retries": [_ANY, c_uint32],
    "anchor_call_set_progress": [_ANY, _ANY, _ANY],
    "anchor_call_cancel": [_ANY],
    "anchor_call_transferred": [_ANY, _ANY, _ANY],
    "anchor_call_http_status": [_ANY, _ANY],
    "anchor_call_attempts": [_ANY, _ANY],
    "anchor_call_retry_after_ms": [_ANY, _ANY],
    "anchor_call_request_id": [_ANY, _ANY],
    "anchor_call_result": [_ANY, _ANY],
    "anchor_call_set_queue": [_ANY, _ANY, c_uint64],
    "anchor_queue_new": [c_uint32, _ANY],
    "anchor_queue_fd": [_ANY, _ANY],
    "anchor_queue_next": [_ANY, c_uint64, _ANY, _ANY, _ANY],
    "anchor_options_new": [_ANY],
    "anchor_options_set_base_url": [_ANY, c_char_p],
    "anchor_options_set_timeout_ms": [_ANY, c_uint64],
    "anchor_options_set_max_retries": [_ANY, c_uint32],
    "anchor_options_set_ca_file": [_ANY, c_char_p],
    "anchor_options_set_client_certificate": [_ANY, c_char_p],
    "anchor_options_set_proxy": [_ANY, c_char_p],
    "anchor_options_set_wrapper": [_ANY, c_char_p],
    "anchor_options_set_header": [_ANY, c_char_p, c_char_p],
    "anchor_options_set_log_callback": [_ANY, _ANY, _ANY],
}
#: Each setter with values of the right types.
OPTION_SETTERS: dict[str, tuple[Any, ...]] = {
    name: tuple({c_char_p: b"", _ANY: None}.get(parameter, 1) for parameter in parameters[1:])
    for name, parameters in PARAMETERS.items()
    if name.startswith("anchor_options_set_")
}


@dataclass(frozen=True)
class Result:
    """The status, the output and the message of a function."""

    status: int
    handle: int | None
    message: str | None


class CAbi:
    """The library, with helpers for the tests."""

    def __init__(self, shown: list[str]) -> None:
        self._shown = shown
        self.library = ctypes.CDLL(LIBRARY)
        for name, parameters in PARAMETERS.items():
            getattr(self.library, name).argtypes = parameters
            getattr(self.library, name).restype = c_int32
        self.library.anchor_status_name.argtypes = [c_int32]
        self.library.anchor_status_name.restype = c_char_p

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def new(self, name: str) -> int:
        """The handle of a new call object or of new options."""
        out = c_void_p()
        assert getattr(self.library, name)(byref(out)) == OK
        assert out.value is not None
        return out.value

    def client(self, key: str | bytes | None, **settings: Any) -> Result:
        """A client with these settings, each passed to its setter."""
        options = self.new("anchor_options_new")
        for name, value in settings.items():
            value = value.encode() if isinstance(value, str) else value
            assert getattr(self.library, f"anchor_options_set_{name}")(options, value) == OK
        result = self.new_client(key, options)
        assert self.library.anchor_free(options) == OK
        return result

    def new_client(self, key: str | bytes | None, options: int | None) -> Result:
        # The outputs must be overwritten, even after a failure.
        handle, error = c_void_p(12345), c_void_p(12345)
        key = key.encode() if isinstance(key, str) else key
        status = self.library.anchor_client_new(key, options, byref(handle), byref(error))
        return Result(status, handle.value, self._copy_and_free(error))

    def pause(self, client: int | None, session: str | bytes | None, call: int | None = None) -> Result:
        return self.call_api("anchor_pause_recording", client, session, call=call)

    def call_api(self, name: str, client: int | None, *ids: str | bytes | None, call: int | None = None) -> Result:
        """Calls a function that takes a client, ids and a call object."""
        error = c_void_p(12345)
        encoded = [each.encode() if isinstance(each, str) else each for each in ids]
        status = getattr(self.library, name)(client, *encoded, call, byref(error))
        return Result(status, None, self._copy_and_free(error))

    def outcome(self, call: int) -> tuple[int, int, str | None, str | None]:
        """The HTTP status, the attempts, the request id and the result."""
        status, attempts, request_id, result = c_int32(-1), c_uint32(99), c_void_p(12345), c_void_p(12345)
        assert self.library.anchor_call_http_status(call, byref(status)) == OK
        assert self.library.anchor_call_attempts(call, byref(attempts)) == OK
        assert self.library.anchor_call_request_id(call, byref(request_id)) == OK
        assert self.library.anchor_call_result(call, byref(result)) == OK
        return status.value, attempts.value, self._copy_and_free(request_id), self._copy_and_free(result)

    def _copy_and_free(self, pointer: c_void_p) -> str | None:
        """A copy of a string of the library. It is freed twice: the second time must be refused."""
        if pointer.value is None:
            return None
        text = ctypes.string_at(pointer).decode()
        assert self.library.anchor_free(pointer) == OK
        assert self.library.anchor_free(pointer) == INVALID_HANDLE
        self._shown.append(text)
        return text
