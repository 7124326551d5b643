"""Makes the handle of a client (anchor_client) from the settings that Python was given."""

from __future__ import annotations

import os
from ctypes import byref, c_char_p, c_void_p

from .. import _environment, _status
from . import arguments
from .abi import text_at
from .callbacks import LOG, LOG_USER
from .errors import check, failure
from .library import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .abi import Abi, Function

_API_KEY_VARIABLE = "ANCHORBROWSER_API_KEY"
_BASE_URL_VARIABLE = "ANCHORBROWSER_BASE_URL"
#: The library's own default.
_BASE_URL = "https://api.anchorbrowser.io"


def create(
    *,
    api_key: str | None,
    base_url: str | None,
    timeout: float | None,
    max_retries: int | None,
    ca_file: str | os.PathLike[str] | None,
    client_certificate: str | os.PathLike[str] | None,
    proxy: str | None,
    default_headers: Mapping[str, str] | None,
) -> tuple[Abi, c_void_p]:
    """Loads the library and makes a client. None means the library's default."""
    key = _ArgumentOrVariable("api_key", api_key, _API_KEY_VARIABLE)
    base = _ArgumentOrVariable("base_url", base_url, _BASE_URL_VARIABLE)
    abi = load()
    with abi.owned(options := c_void_p()):
        check(abi, abi.anchor_options_new(byref(options)))
        check(abi, abi.anchor_options_set_base_url(options, base.text))
        if timeout is not None:
            ms = arguments.milliseconds("timeout", timeout)
            check(abi, abi.anchor_options_set_timeout_ms(options, ms))
        if max_retries is not None:
            retries = arguments.count("max_retries", max_retries)
            check(abi, abi.anchor_options_set_max_retries(options, retries))
        ca_path = arguments.optional_path("ca_file", ca_file)
        certificate_path = arguments.optional_path("client_certificate", client_certificate)
        proxy_url = arguments.optional_text("proxy", proxy)
        check(abi, abi.anchor_options_set_proxy(options, proxy_url))
        for header in (default_headers or {}).items():
            name, value = (arguments.text("a name or value in default_headers", part) for part in header)
            check(abi, abi.anchor_options_set_header(options, name, value))
        check(abi, abi.anchor_options_set_wrapper(options, b"python"))
        # Set even if the logger is disabled, as it may be enabled later. This costs each call about
        # 2 microseconds.
        check(abi, abi.anchor_options_set_log_callback(options, LOG, LOG_USER))
        client = _new(abi, abi.anchor_client_new, options, key, base)
        if ca_path is not None or certificate_path is not None:
            # The client above has read the environment with the GIL held. The files are read without.
            with abi.owned(client):
                check(abi, abi.anchor_options_set_ca_file(options, ca_path))
                check(abi, abi.anchor_options_set_client_certificate(options, certificate_path))
                return abi, _new(abi, abi.unlocked["anchor_client_new"], options, key, base)
        return abi, client


def base_url(argument: str | None) -> str:
    """The address that a client with this argument uses."""
    return _environment.variable(_BASE_URL_VARIABLE) or _BASE_URL if argument is None else argument


class _ArgumentOrVariable:
    """The value of an argument or, if that is None, of an environment variable."""

    def __init__(self, name: str, value: str | None, variable: str) -> None:
        self._name = name
        self._source = name
        if value is None and (found := _environment.variable(variable)):
            value = found
            self._source = variable
        self.text = arguments.optional_text(self._source, value)

    def with_source(self, message: str) -> str:
        """The message, which names the variable if the value came from there."""
        return message.replace(self._name, self._source, 1) if message.startswith(f"{self._name} ") else message


def _new(abi: Abi, new: Function, options: c_void_p, key: _ArgumentOrVariable, base: _ArgumentOrVariable) -> c_void_p:
    client = c_void_p()
    with abi.owned(error := c_char_p()):
        status: int = new(key.text, options, byref(client), byref(error))
        if status != _status.OK:
            message = text_at(error)
            raise failure(abi, status, message and base.with_source(key.with_source(message)))
    return client
