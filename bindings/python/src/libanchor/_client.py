"""The client whose calls block."""

from __future__ import annotations

from . import _arguments as arguments
from ._base_client import BaseClient
from ._recordings import RecordingsResource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any


class Anchorbrowser(BaseClient):
    """A client of the Anchor Browser API. Any number of threads may use one; make one and keep it.

    It opens no connection: the first call does what it needs. `close()`, the end of a `with` block or the
    garbage collector frees it.

    Args:
        api_key: 1 to 4096 visible ASCII characters. None: the environment's ANCHORBROWSER_API_KEY.
        base_url: Where the API is: http:// or https://, a host, and perhaps a port and a path. None: the
            environment's ANCHORBROWSER_BASE_URL, else https://api.anchorbrowser.io.
        timeout: The longest that a call may take, retries included, in seconds, up to a day. None: 30.
        max_retries: How often a failed request is repeated. None: 2.
        ca_file: A PEM file of certificates to trust beside the system's store. None: that alone.
        proxy: http:// or https://, a host and a port, perhaps with user:password@ before the host; "": none.
            None: what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY said when the process made its first
            client, but none for a base URL on this machine's loopback.
        default_headers: Headers of every request, of visible ASCII and blanks, beside those of the environment's
            ANCHORBROWSER_CUSTOM_HEADERS (lines of "Name: value"), over which these count.

    Raises:
        InvalidArgumentError: An argument is missing or unusable, or the CA file cannot be read; a ValueError.
        TypeError: An argument is of another type.
        LibraryNotFoundError: The shared library was not found.
        ResourceExhaustedError: The process ran out of memory or of handles.
    """

    @property
    def recordings(self) -> RecordingsResource:
        """The recordings of browser sessions."""
        # Made anew each time: kept, it would be a cycle that only the garbage collector could undo.
        return RecordingsResource(self)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Any:
        """Sends any request of the API, with the key, the retries and the checks of the other calls.

            client.request("GET", "/v1/sessions?page=2")["data"]

        GET and PUT are repeated after an unknown outcome. The others are repeated only if nothing
        was done: if no connection could be made, after 429, and after `x-should-retry: true`.

        Args:
            method: "GET", "POST", "PUT", "PATCH" or "DELETE".
            path: From the first slash, percent-encoded, with a query if need be. It goes behind the base URL: another
                host cannot be reached.
            body: Whatever `json.dumps` takes, except for infinite floats and NaN. None: no body.
            timeout: As for the calls of `recordings`.
            max_retries: As for the calls of `recordings`.

        Returns:
            The answer's JSON, parsed. It may be any value, and null is None. An empty 201, 202 or
            204 is None too. An integer of more digits than `int` takes is a float, which may be
            infinite: see `sys.set_int_max_str_digits`.

        Raises:
            As the calls of `recordings`.
            InvalidArgumentError: Also if the body holds an infinite float, NaN or itself, or is
                nested too deeply for Python.
            TypeError: Also if `json.dumps` does not take the body.
            APIResponseValidationError: Also if the answer is nested too deeply for Python. The
                request was done then, and the message says so.
        """
        given = arguments.request(method, path, body)
        outcome = self._run("anchor_request", given, self._settings.replaced(timeout, max_retries))
        return outcome.readable_body(f"sending {method} {arguments.quoted(path)}")

    def close(self) -> None:
        """Frees the client; a second time does nothing. A call under way in another thread still finishes."""
        self._free()

    def __enter__(self) -> Anchorbrowser:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
