"""A relay between a client and a server: it counts connections and keeps what clients send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from sandbox import DEADLINE_SECONDS


class Relay:
    """Passes bytes on in both directions, also those of TLS."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = parts.hostname, parts.port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"{parts.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        #: What the client has sent on each connection.
        self.received: list[bytearray] = []
        self._open: list[socket.socket] = []
        self._directions: list[threading.Thread] = []

    def accept(self) -> None:
        """Serves connections until the relay is closed."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target, DEADLINE_SECONDS)
                server.settimeout(None)
                self.received.append(bytearray())
                self._open.extend((client, server))
                for arguments in ((client, server, self.received[-1]), (server, client, bytearray())):
                    thread = threading.Thread(target=_pass_on, args=arguments, daemon=True)
                    thread.start()
                    self._directions.append(thread)

    def wait_for_the_end(self) -> None:
        """Waits until the connections were closed by their clients."""
        for thread in self._directions:
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive(), "a connection is still open"

    def drop_connections(self) -> None:
        """Closes the connections, as a server does with those that nobody uses."""
        for each in self._open:
            _shut_down(each)
        self.wait_for_the_end()

    def close(self) -> None:
        _shut_down(self._listener)
        self.drop_connections()
        for each in (self._listener, *self._open):
            each.close()


def _pass_on(source: socket.socket, target: socket.socket, received: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            received += data
            target.sendall(data)
    # The end of one direction ends the connection.
    _shut_down(source)
    _shut_down(target)


def _shut_down(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)


@contextmanager
def relaying(target: str) -> Iterator[Relay]:
    """Runs a relay to the server at this URL during the block."""
    relay = Relay(target)
    thread = threading.Thread(target=relay.accept, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.close()
        thread.join(DEADLINE_SECONDS)
