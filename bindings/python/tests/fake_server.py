"""A server in this process, for answers that the sandbox cannot give."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox import DEADLINE_SECONDS

PAUSED = '{"data":{"data":{"status":"paused"}}}'
RECORDING = '{"data":{"data":{"status":"recording"}}}'


class FakeServer(ThreadingHTTPServer):
    """Answers each GET and POST once `may_answer` is set.

    The answer is the body. Without a body, it is the API's answer to a pause or a resume.
    """

    daemon_threads = True

    def __init__(self, body: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = body
        #: The state of the recording, "recording" or "paused".
        self.state = "recording"
        #: Set when the first request has arrived.
        self.requested = threading.Event()
        self.may_answer = threading.Event()
        #: Whether requests after the first are answered even if `may_answer` is not set.
        self.answers_later_requests = False
        #: The requested paths, or whole URLs if this server is used as a proxy.
        self.paths: list[str] = []
        self.headers: list[Message] = []
        #: The body of each request.
        self.bodies: list[bytes] = []
        #: Called in place of the answer to a resume.
        self.resume: Callable[[BaseHTTPRequestHandler], object] | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        # An interrupted client closes its connection.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_POST(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append(self.headers)
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        is_later = len(self.server.paths) > 1
        self.server.requested.set()
        if (is_later and self.server.answers_later_requests) or self.server.may_answer.wait(DEADLINE_SECONDS):
            is_resume = self.path.endswith("/resume")
            if is_resume and self.server.resume is not None:
                self.server.resume(self)
                return
            self.server.state = "recording" if is_resume else "paused"
            body = self.server.body or (RECORDING if is_resume else PAUSED)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Prints nothing."""


@contextmanager
def serving(body: str | None = None, *, at_once: bool = True) -> Iterator[FakeServer]:
    """Runs a server during the block. If not `at_once`, it first waits for `may_answer`."""
    with FakeServer(body) as server:
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
