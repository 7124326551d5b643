"""A server in this process, for what the sandbox cannot do: any body, and answers that wait for the test."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox import DEADLINE_SECONDS

PAUSED = '{"data":{"data":{"status":"paused"}}}'


class Answering(ThreadingHTTPServer):
    """Answers each GET and POST with one body, as soon as `may_answer` is set."""

    daemon_threads = True

    def __init__(self, body: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = body.encode()
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        #: Whether the requests after the first are answered at once.
        self.answers_later_ones = False
        #: The paths that were asked for; whole URLs if this served as a proxy.
        self.paths: list[str] = []
        self.headers: list[Message] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that was interrupted closes its connection.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append(self.headers)
        is_later = len(self.server.paths) > 1
        self.server.asked.set()
        if (is_later and self.server.answers_later_ones) or self.server.may_answer.wait(DEADLINE_SECONDS):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(self.server.body)))
            self.end_headers()
            self.wfile.write(self.server.body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@contextmanager
def answering(body: str = PAUSED, *, at_once: bool = True) -> Iterator[Answering]:
    """The server while the block runs. Unless told so, it waits for `may_answer` before it answers."""
    with Answering(body) as server:
        if at_once:
            server.may_answer.set()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.may_answer.set()
            server.shutdown()
            thread.join(DEADLINE_SECONDS)
