"""What the clients share: how one is made, set, closed and shown."""

from __future__ import annotations

import os
import weakref
from ctypes import byref, c_char_p, c_void_p

from . import _arguments as arguments
from . import _call, _status
from ._abi import Abi, text_at
from ._callbacks import LOG, LOG_USER
from ._library import load
from ._outcome import failure, require
from ._settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn, TypeVar

    from ._callbacks import Progress
    from ._outcome import Outcome

    C = TypeVar("C", bound="BaseClient")

_API_KEY_VARIABLE = "ANCHORBROWSER_API_KEY"
_BASE_URL_VARIABLE = "ANCHORBROWSER_BASE_URL"


class BaseClient:
    """A key and settings that many calls share; `Anchorbrowser` says what the arguments are."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        # Python's own copy of the environment: reading C's is unsafe beside a setenv in another thread.
        key = _Given("api_key", api_key, _API_KEY_VARIABLE)
        base = _Given("base_url", base_url, _BASE_URL_VARIABLE)
        self._abi = abi = load()
        with abi.owned(options := c_void_p()):
            require(abi, abi.anchor_options_new(byref(options)))
            require(abi, abi.anchor_options_set_base_url(options, base.text))
            if timeout is not None:
                ms = arguments.milliseconds("timeout", timeout)
                require(abi, abi.anchor_options_set_timeout_ms(options, ms))
            if max_retries is not None:
                retries = arguments.count("max_retries", max_retries)
                require(abi, abi.anchor_options_set_max_retries(options, retries))
            ca_path = arguments.optional_path("ca_file", ca_file)
            require(abi, abi.anchor_options_set_ca_file(options, ca_path))
            proxy_url = arguments.optional_text("proxy", proxy)
            require(abi, abi.anchor_options_set_proxy(options, proxy_url))
            for header in (default_headers or {}).items():
                name, value = (arguments.text("what is in default_headers", part) for part in header)
                require(abi, abi.anchor_options_set_header(options, name, value))
            require(abi, abi.anchor_options_set_wrapper(options, b"python"))
            # Whether the logger is enabled or not, for that may change: it costs some 2 microseconds of a call.
            require(abi, abi.anchor_options_set_log_callback(options, LOG, LOG_USER))
            handle = _new_client(abi, options, key, base)
        self._handle = handle
        # Unlike __del__ it runs once at most: at close, when neither the client nor a copy with other options is
        # left to hold the handle, or at the interpreter's end.
        self._free = weakref.finalize(handle, abi.anchor_free, handle.value)
        self._settings = Settings()

    def with_options(self: C, *, timeout: float | None = None, max_retries: int | None = None) -> C:
        """The same client with other settings for its calls; None leaves a setting as it is here.

        It is cheap, and shares everything else: the pauses that `recordings.paused` counts, and the end. Closing
        one closes both; without that, the client is freed when both have been forgotten.

        Raises:
            InvalidArgumentError: A setting is unusable; one that only the library can judge is refused by the calls.
            TypeError: A setting is of another type.
        """
        other = object.__new__(type(self))
        other._abi, other._handle, other._free = self._abi, self._handle, self._free
        other._settings = self._settings.replaced(timeout, max_retries)
        return other

    #: The official SDK has both names.
    copy = with_options

    def is_closed(self) -> bool:
        """Whether the client was closed."""
        return not self._free.alive

    def __repr__(self) -> str:
        return f"<libanchor.{type(self).__name__}, {'closed' if self.is_closed() else 'open'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client cannot be pickled or copied: make one in each process")

    def _run(
        self,
        function: str,
        arguments: tuple[bytes | None, ...],
        settings: Settings,
        *,
        returned: list[int] | None = None,
        progress: Progress | None = None,
    ) -> Outcome:
        """Calls the function of that name and waits, with the thread, until it returns.

        What it returned is appended to `returned`, even if this is interrupted.
        """
        returned = [] if returned is None else returned
        # A handle that was freed is known as such by the library and never given out again.
        given = (self._handle, *arguments)
        return _call.run(self._abi, getattr(self._abi, function), given, settings, returned, progress)


class _Given:
    """A value and whether it came from an argument or, that missing, from the environment."""

    def __init__(self, name: str, value: str | None, variable: str) -> None:
        self.name = name
        self.source = name
        if value is None and os.environ.get(variable):
            value = os.environ[variable]
            self.source = variable
        self.text = arguments.optional_text(self.source, value)

    def named(self, message: str) -> str:
        """The library's message about the argument, naming the variable if the value came from there."""
        return message.replace(self.name, self.source, 1) if message.startswith(f"{self.name} ") else message


def _new_client(abi: Abi, options: c_void_p, key: _Given, base: _Given) -> c_void_p:
    client = c_void_p()
    with abi.owned(error := c_char_p()):
        status: int = abi.anchor_client_new(key.text, options, byref(client), byref(error))
        if status != _status.OK:
            message = text_at(error)
            raise failure(abi, status, message and base.named(key.named(message)))
    return client
