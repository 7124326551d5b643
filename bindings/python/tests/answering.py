"""A server in this process, for what the sandbox cannot do: any body, and answers that wait for the test."""

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


class Answering(ThreadingHTTPServer):
    """Answers each GET and POST as soon as `may_answer` is set.

    The answer is the body, or without one what the API says when it has paused or resumed.
    """

    daemon_threads = True

    def __init__(self, body: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = body
        #: As of the sandbox's session: "recording" or "paused".
        self.state = "recording"
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        #: Whether the requests after the first are answered at once.
        self.answers_later_ones = False
        #: The paths that were asked for; whole URLs if this served as a proxy.
        self.paths: list[str] = []
        self.headers: list[Message] = []
        #: What was sent with each request.
        self.bodies: list[bytes] = []
        #: Called in place of the answer to a resume.
        self.resume: Callable[[BaseHTTPRequestHandler], object] | None = None

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
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        is_later = len(self.server.paths) > 1
        self.server.asked.set()
        if (is_later and self.server.answers_later_ones) or self.server.may_answer.wait(DEADLINE_SECONDS):
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
        """Says nothing."""


@contextmanager
def answering(body: str | None = None, *, at_once: bool = True) -> Iterator[Answering]:
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
