"""The client whose calls block."""

from __future__ import annotations

from ._base_client import BaseClient, init_named
from ._native import arguments
from ._recordings import RecordingsResource
from ._wrong_block import Blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any


class Anchorbrowser(BaseClient, Blocking):
    """A client of the Anchor Browser API.

        with Anchorbrowser() as client:
            client.recordings.pause_recording("session-id")

    Make one client and keep it: any number of threads may share it. Creating it opens no
    connection; the first call does, or `connect()`. `close()`, the end of a `with` block or the
    garbage collector frees it.

    Args:
        api_key: 1 to 4096 visible ASCII characters. None: the environment's ANCHORBROWSER_API_KEY.
        base_url: The address of the API: http:// or https://, a host, and optionally a port and a
            path. None: the environment's ANCHORBROWSER_BASE_URL, or https://api.anchorbrowser.io.
        timeout: The longest that a call may take, retries included, in seconds, up to a day.
            None: 30.
        max_retries: How often a failed request is retried. None: 2.
        ca_file: A PEM file of certificates to trust in addition to the system's store. None: the
            system's store alone.
        client_certificate: A PEM file with the client's certificate and its private key, for
            servers that ask for one (mutual TLS). It is never sent to a proxy. None: no certificate.
        proxy: http://, https://, socks5:// or socks5h://, a host and a port, optionally with
            user:password@ before the host. With socks5h the proxy looks up the name of the server.
            "": no proxy. None: what HTTPS_PROXY or HTTP_PROXY, ALL_PROXY and NO_PROXY said when the
            process made its first client, but no proxy for a base URL on this machine.
        default_headers: Headers of every request, of visible ASCII and blanks. They are added to
            those of the environment's ANCHORBROWSER_CUSTOM_HEADERS (lines of "Name: value"), and
            replace headers of the same name there.

    Raises:
        InvalidArgumentError: An argument is missing or unusable, or a file cannot be read. It is a
            ValueError.
        TypeError: An argument has the wrong type.
        LibraryNotFoundError: The shared library was not found.
        ResourceExhaustedError: The process ran out of memory or of handles.
    """

    if not TYPE_CHECKING:
        __init__ = init_named("Anchorbrowser")

    @property
    def recordings(self) -> RecordingsResource:
        """The recordings of browser sessions."""
        # Created on each access: stored in the client, it would form a reference cycle.
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
        """Sends any request of the API, with the key, retries and checks of the other calls.

            client.request("GET", "/v1/sessions?page=2")["data"]

        GET and PUT are retried even if the outcome of an attempt is unknown. The other methods are
        retried only if the attempt had no effect: if no connection could be made, after 429, and
        after `x-should-retry: true`.

        Args:
            method: "GET", "POST", "PUT", "PATCH" or "DELETE".
            path: The path from the first slash, percent-encoded, with the query if there is one. It
                is appended to the base URL, so it cannot reach another host.
            body: Anything that `json.dumps` accepts, except for infinite floats and NaN. None: no
                body.
            timeout: As in the calls of `recordings`.
            max_retries: As in the calls of `recordings`.

        Returns:
            The answer's JSON, parsed. It may be any value, and null is None. An empty 201, 202 or
            204 is None too. An integer of more digits than `int` accepts is a float, which may be
            infinite; see `sys.set_int_max_str_digits`.

        Raises:
            As in the calls of `recordings`.
            InvalidArgumentError: Also if the body contains an infinite float, NaN or itself, or is
                nested too deeply for Python.
            TypeError: Also if `json.dumps` does not accept the body.
            APIResponseValidationError: Also if the answer is nested too deeply for Python. In that
                case the request succeeded, and the message says so.
        """
        given = arguments.request(method, path, body)
        outcome = self._run("anchor_request", given, self._settings.replaced(timeout, max_retries))
        return outcome.readable_body(f"sending {method}")

    def connect(self, *, timeout: float | None = None, max_retries: int | None = None) -> None:
        """Makes the connection that the next call needs: looks up the host, opens TCP, negotiates TLS.

            client.connect()  # A few seconds before the form appears.

        It sends no request, so it has no effect on any session. The next call, such as the pause
        before a secret is typed, then takes one round trip instead of three or more.

        It is never necessary: a call without a free connection makes its own. If a connection is
        free, nothing is done. Success does not mean that the API accepts the key or knows a
        session: only an answer can tell.

        The library closes a connection that was not used for 90 seconds, and many servers close it
        earlier. Connect a few seconds before the call.

        The next call may be made on any thread. Calls that run at the same time need a connection
        each, and `connect` makes only one. Like every call, it blocks its own thread, and Ctrl-C
        ends it at once.

        Args:
            timeout: The longest that connecting may take, in seconds, up to a day. None: the
                client's timeout.
            max_retries: How often a failed connection is retried. None: the client's number.

        Raises:
            InvalidArgumentError: An argument is unusable. It is a ValueError.
            TypeError: An argument has the wrong type.
            ClientClosedError: The client is closed.
            APITimeoutError: The timeout was reached. Nothing was sent, although `sent` is None.
            APIConnectionError: No connection could be made, or the server's certificate is not
                trusted.
            ResourceExhaustedError: The process ran out of file descriptors, threads or memory.
            InternalError: A fault inside the library.
        """
        self._run("anchor_connect", (), self._settings.replaced(timeout, max_retries))

    def close(self) -> None:
        """Frees the client. A call in another thread still finishes. A second call does nothing."""
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
