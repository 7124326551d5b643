"""The base of both clients: how a client is made, copied, closed and shown."""

from __future__ import annotations

import os
import weakref

from ._native import blocking_call, client_handle
from ._native.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn, TypeVar

    from ._native.callbacks import Progress
    from ._outcome import Outcome

    C = TypeVar("C", bound="BaseClient")


#: The library's own defaults, which include/anchor.h documents.
DEFAULT_TIMEOUT = 30.0
DEFAULT_MAX_RETRIES = 2


class BaseClient:
    """An API client: credentials, default settings and the shared connection pool.

    `Anchorbrowser` documents the arguments.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        client_certificate: str | os.PathLike[str] | None = None,
        proxy: str | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        self._abi, self._handle = client_handle.create(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            ca_file=ca_file,
            client_certificate=client_certificate,
            proxy=proxy,
            default_headers=default_headers,
        )
        # Unlike __del__, a finalizer runs at most once: when the client is closed, when neither it
        # nor a copy of it is left to refer to the handle, or when the interpreter ends.
        self._free = weakref.finalize(self._handle, self._abi.unlocked["anchor_free"], self._handle.value)
        self._settings = Settings()
        self._base_url = client_handle.base_url(base_url)
        self._timeout = DEFAULT_TIMEOUT if timeout is None else timeout
        self._max_retries = DEFAULT_MAX_RETRIES if max_retries is None else max_retries

    def with_options(self: C, *, timeout: float | None = None, max_retries: int | None = None) -> C:
        """Returns this client with other settings for its calls. None keeps a setting.

            hasty = client.with_options(timeout=1)

        The copy is cheap and shares everything else, including the pauses that `recordings.paused`
        counts. Closing one closes both. Without that, the client is freed when the last of them is
        garbage-collected.

        Raises:
            InvalidArgumentError: A setting is unusable. Some settings are checked by the calls
                only.
            TypeError: A setting has the wrong type.
        """
        other = object.__new__(type(self))
        other._abi, other._handle, other._free = self._abi, self._handle, self._free
        other._settings = self._settings.replaced(timeout, max_retries)
        other._base_url = self._base_url
        other._timeout = self._timeout if timeout is None else timeout
        other._max_retries = self._max_retries if max_retries is None else max_retries
        return other

    #: The official SDK has both names.
    copy = with_options

    @property
    def base_url(self) -> str:
        """The address of the API."""
        return self._base_url

    @property
    def timeout(self) -> float:
        """The longest that a call may take, in seconds."""
        return self._timeout

    @property
    def max_retries(self) -> int:
        """How often a failed request is retried."""
        return self._max_retries

    def is_closed(self) -> bool:
        """Whether the client was closed."""
        return not self._free.alive

    def __repr__(self) -> str:
        # A debugger or a log of local variables also shows a client whose creation failed.
        free = getattr(self, "_free", None)
        state = "not created" if free is None else "open" if free.alive else "closed"
        return f"<libanchor.{type(self).__name__}, {state}>"

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
        """Calls the function with this name, and blocks the thread until it returns.

        Its status is appended to `returned`, even if the call is interrupted.
        """
        returned = [] if returned is None else returned
        # A freed handle is safe here: the library recognizes it and never gives it out again.
        given = (self._handle, *arguments)
        return blocking_call.run(self._abi, getattr(self._abi, function), given, settings, returned, progress)


def init_named(cls: str) -> Any:
    """A copy of `BaseClient.__init__` that has the name of this subclass.

    Python's messages about missing and unknown arguments show the name.
    """
    original: Any = BaseClient.__init__
    copy: Any = type(original)(original.__code__, original.__globals__)
    copy.__kwdefaults__, copy.__annotations__ = original.__kwdefaults__, original.__annotations__
    copy.__qualname__ = f"{cls}.__init__"
    return copy
