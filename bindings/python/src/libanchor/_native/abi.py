"""The functions of include/anchor.h, declared for ctypes.

Each function is called in one of two ways. Functions that may wait, read files or close connections
release the GIL. The others keep it, which is faster and protects the C environment: no Python
thread can change `os.environ`, and with it C's variables, while anchor_client_new reads them.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int32, c_uint32, c_uint64, c_void_p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Function = Callable[..., Any]

# Pointers to variables that receive a handle or a string. A c_char_p variable keeps the address of
# the string, which has to be freed. As the result of a function it would be converted to bytes.
_OUT = ctypes.POINTER(c_void_p)
_TEXT = ctypes.POINTER(c_char_p)
#: Declared with `user` only. The calling conventions of the supported platforms permit a function
#: to ignore further arguments.
PROGRESS = ctypes.CFUNCTYPE(c_int32, c_void_p)
LOG = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_char_p)

#: Functions that work in memory.
_LOCAL: dict[str, tuple[Any, list[Any]]] = {
    "anchor_version": (c_char_p, []),
    "anchor_status_name": (c_char_p, [c_int32]),
    "anchor_free": (c_int32, [c_void_p]),
    "anchor_client_new": (c_int32, [c_char_p, c_void_p, _OUT, _TEXT]),
    "anchor_options_new": (c_int32, [_OUT]),
    "anchor_options_set_base_url": (c_int32, [c_void_p, c_char_p]),
    "anchor_options_set_timeout_ms": (c_int32, [c_void_p, c_uint64]),
    "anchor_options_set_max_retries": (c_int32, [c_void_p, c_uint32]),
    "anchor_options_set_ca_file": (c_int32, [c_void_p, c_char_p]),
    "anchor_options_set_client_certificate": (c_int32, [c_void_p, c_char_p]),
    "anchor_options_set_proxy": (c_int32, [c_void_p, c_char_p]),
    "anchor_options_set_header": (c_int32, [c_void_p, c_char_p, c_char_p]),
    "anchor_options_set_wrapper": (c_int32, [c_void_p, c_char_p]),
    "anchor_options_set_log_callback": (c_int32, [c_void_p, LOG, c_void_p]),
    "anchor_call_new": (c_int32, [_OUT]),
    "anchor_call_set_timeout_ms": (c_int32, [c_void_p, c_uint64]),
    "anchor_call_set_max_retries": (c_int32, [c_void_p, c_uint32]),
    "anchor_call_set_progress": (c_int32, [c_void_p, PROGRESS, c_void_p]),
    "anchor_call_cancel": (c_int32, [c_void_p]),
    "anchor_call_transferred": (c_int32, [c_void_p, ctypes.POINTER(c_uint64), ctypes.POINTER(c_uint64)]),
    "anchor_call_http_status": (c_int32, [c_void_p, ctypes.POINTER(c_int32)]),
    "anchor_call_attempts": (c_int32, [c_void_p, ctypes.POINTER(c_uint32)]),
    "anchor_call_retry_after_ms": (c_int32, [c_void_p, ctypes.POINTER(c_uint64)]),
    "anchor_call_request_id": (c_int32, [c_void_p, _TEXT]),
    "anchor_call_result": (c_int32, [c_void_p, _TEXT]),
    "anchor_call_set_queue": (c_int32, [c_void_p, c_void_p, c_uint64]),
    # Always called with a timeout of 0.
    "anchor_queue_next": (
        c_int32,
        [c_void_p, c_uint64, ctypes.POINTER(c_uint64), ctypes.POINTER(c_int32), _TEXT],
    ),
}
_SESSION_FUNCTION = (c_int32, [c_void_p, c_char_p, c_void_p, _TEXT])
#: The functions that make a call. They wait for the network unless the call has a queue.
_CALLS: dict[str, tuple[Any, list[Any]]] = {
    "anchor_pause_recording": _SESSION_FUNCTION,
    "anchor_resume_recording": _SESSION_FUNCTION,
    "anchor_pause_begin": _SESSION_FUNCTION,
    "anchor_pause_end": _SESSION_FUNCTION,
    "anchor_list_recordings": _SESSION_FUNCTION,
    "anchor_delete_recording": (c_int32, [c_void_p, c_char_p, c_char_p, c_void_p, _TEXT]),
    "anchor_download_recording": (c_int32, [c_void_p, c_char_p, c_char_p, c_void_p, _TEXT]),
    "anchor_request": (c_int32, [c_void_p, c_char_p, c_char_p, c_char_p, c_void_p, _TEXT]),
    "anchor_connect": (c_int32, [c_void_p, c_void_p, _TEXT]),
}

#: Functions that may wait for the system or the network.
_BLOCKING: dict[str, tuple[Any, list[Any]]] = {
    "anchor_queue_new": (c_int32, [c_uint32, _OUT]),
    "anchor_queue_fd": (c_int32, [c_void_p, ctypes.POINTER(c_int32)]),
    **_CALLS,
}
#: Functions that work in memory for most arguments. They also exist in a form that releases the GIL:
#: for a client with a CA file, and to free clients and queues.
_BOTH = "anchor_client_new", "anchor_free"

#: The major version that this package needs, and the first minor version that has every function
#: above; see docs/ABI.md.
MAJOR, MINOR = 0, 1


class Abi:
    """The loaded library, whose functions are attributes.

    Raises:
        OSError: The file cannot be loaded.
        AttributeError: It is another library.
        ValueError: Its version does not fit this package.
    """

    anchor_version: Function
    anchor_status_name: Function
    anchor_free: Function
    anchor_client_new: Function
    anchor_options_new: Function
    anchor_options_set_base_url: Function
    anchor_options_set_timeout_ms: Function
    anchor_options_set_max_retries: Function
    anchor_options_set_ca_file: Function
    anchor_options_set_client_certificate: Function
    anchor_options_set_proxy: Function
    anchor_options_set_header: Function
    anchor_options_set_wrapper: Function
    anchor_options_set_log_callback: Function
    anchor_call_new: Function
    anchor_call_set_timeout_ms: Function
    anchor_call_set_max_retries: Function
    anchor_call_set_progress: Function
    anchor_call_cancel: Function
    anchor_call_transferred: Function
    anchor_call_http_status: Function
    anchor_call_attempts: Function
    anchor_call_retry_after_ms: Function
    anchor_call_request_id: Function
    anchor_call_result: Function
    anchor_call_set_queue: Function
    anchor_queue_new: Function
    anchor_queue_fd: Function
    anchor_queue_next: Function
    anchor_pause_recording: Function
    anchor_resume_recording: Function
    anchor_pause_begin: Function
    anchor_pause_end: Function
    anchor_list_recordings: Function
    anchor_delete_recording: Function
    anchor_download_recording: Function
    anchor_request: Function
    anchor_connect: Function

    #: The path or name by which the library was loaded.
    path: str
    #: The functions that make a call, for calls that complete through a queue. They never wait.
    queued: dict[str, Function]
    #: The functions that exist in both forms, in the one that releases the GIL.
    unlocked: dict[str, Function]

    def __init__(self, path: str) -> None:
        self.path = path
        blocking = ctypes.CDLL(path)
        # PyDLL keeps the GIL, CDLL releases it.
        local = ctypes.PyDLL(path, handle=blocking._handle)
        version = _checked_version(local)
        try:
            vars(self).update(_declared(local, _LOCAL), **_declared(blocking, _BLOCKING))
            self.queued = _declared(local, _CALLS)
            self.unlocked = _declared(blocking, {name: _LOCAL[name] for name in _BOTH})
        except AttributeError as missing:
            raise ValueError(f"version {version} is too old for this package: {missing}") from None

    def owned(self, pointer: c_void_p | c_char_p) -> _Owned:
        """A context manager that frees the address that `pointer` holds after the block."""
        return _Owned(self, pointer)


class _Owned:
    def __init__(self, abi: Abi, pointer: c_void_p | c_char_p) -> None:
        self._abi = abi
        self._pointer = pointer

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._abi.anchor_free(self._pointer)


def _checked_version(library: ctypes.CDLL) -> str:
    reported: bytes | None = _declared(library, {"anchor_version": _LOCAL["anchor_version"]})["anchor_version"]()
    version = (reported or b"").decode("ascii", "replace")
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    if not (major.isdecimal() and minor.isdecimal()):
        raise ValueError(f"its version is not readable: {version!r}")
    if int(major) != MAJOR or int(minor) < MINOR:
        raise ValueError(f"it is version {version}; this package needs {MAJOR}.{MINOR} or a later {MAJOR}.x")
    return version


def _declared(library: ctypes.CDLL, functions: dict[str, tuple[Any, list[Any]]]) -> dict[str, Function]:
    return {name: _declare(getattr(library, name), types) for name, types in functions.items()}


def _declare(function: Any, types: tuple[Any, list[Any]]) -> Function:
    function.restype, function.argtypes = types
    declared: Function = function
    return declared


def text_at(pointer: c_char_p) -> str | None:
    """A copy of a string of the library, or None for NULL."""
    text = pointer.value
    return None if text is None else text.decode("utf-8", "replace")
