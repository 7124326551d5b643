"""`connect` makes the connection for the next call, and sends no request."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import math
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libanchor
import pytest
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from interrupting import sent
from libanchor import Anchorbrowser, AsyncAnchorbrowser
from relay import Relay, relaying
from sandbox import DEADLINE_SECONDS, Sandbox
from test_async_cancel import DESCRIPTORS, this_queue
from test_async_loops import THREADS
from test_fork import in_child

SERVERS = {"http": [], "https": ["--tls"], "https with HTTP/1.1": ["--tls", "--http1"]}
EVERY_SERVER = pytest.mark.parametrize("arguments", SERVERS.values(), ids=SERVERS)
HTTPS = pytest.mark.parametrize("arguments", [SERVERS["https"], SERVERS["https with HTTP/1.1"]], ids=["2", "1.1"])
#: Far below the timeouts of calls that are ended early, and long enough for a busy machine.
SOON_SECONDS = DEADLINE_SECONDS / 2
#: The longest encrypted record of a client that sends no request: the end of the handshake. The
#: headers of a request are longer.
LONGEST_RECORD = 69
ENCRYPTED = 23


class Caller:
    """A client of either kind, whose calls block. Those of asyncio run on a loop of its own."""

    def __init__(self, client: Anchorbrowser | AsyncAnchorbrowser) -> None:
        self.client = client
        self._loop = asyncio.new_event_loop() if isinstance(client, AsyncAnchorbrowser) else None
        self._is_closed = False

    def __call__(self, method: Callable[..., Any], *arguments: object, **settings: Any) -> Any:
        result = method(*arguments, **settings)
        if self._loop is None or not inspect.isawaitable(result):
            return result
        return self._loop.run_until_complete(asyncio.wait_for(result, DEADLINE_SECONDS))

    def connect(self, **settings: Any) -> None:
        assert self(self.client.connect, **settings) is None

    def pause(self) -> None:
        assert self(self.client.recordings.pause_recording, "demo").status == "paused"

    def close(self) -> None:
        """Closes the client and the loop, which frees its queue. A second time does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self(self.client.close)
            if self._loop is not None:
                self._loop.close()


Start = Callable[..., Caller]


@pytest.fixture(params=["blocking", "asyncio"])
def start(
    request: pytest.FixtureRequest, make_client: MakeClient, make_async_client: MakeAsyncClient
) -> Iterator[Start]:
    """Makes callers of each kind. Their settings are those of `make_client`."""
    started: list[Caller] = []

    def make(server: Sandbox | str, **settings: Any) -> Caller:
        make_one = make_client if request.param == "blocking" else make_async_client
        if isinstance(server, Sandbox) and server.ca_file:
            settings.setdefault("ca_file", server.ca_file)
        started.append(Caller(make_one(server, **settings)))
        return started[-1]

    yield make
    for caller in started:
        caller.close()


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A listener that accepts connections and never sends anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE_SECONDS)
        yield listener


def url(listener: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


def accept(listener: socket.socket) -> socket.socket:
    connection, _ = listener.accept()
    connection.settimeout(DEADLINE_SECONDS)
    return connection


def counts() -> tuple[int, int]:
    """The descriptors and the threads of this process."""
    # A queue is freed with its loop.
    gc.collect()
    return len(list(DESCRIPTORS.iterdir())), len(list(THREADS.iterdir()))


def nothing_is_left(since: tuple[int, int]) -> bool:
    """Whether no descriptor and no thread has been added. What earlier tests left may end meanwhile."""
    return all(now <= before for now, before in zip(counts(), since, strict=True))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@EVERY_SERVER
def test_the_next_call_uses_the_connection(start_sandbox: StartSandbox, start: Start, arguments: list[str]) -> None:
    server = start_sandbox("--session", "demo", *arguments)
    caller = start(server)
    caller.connect()
    assert server.requests() == []
    caller.pause()
    caller.pause()
    # The number of the server's connections so far.
    assert [request["connection"] for request in server.requests()] == [1, 1]


@EVERY_SERVER
def test_a_second_connect_keeps_the_connection(start_sandbox: StartSandbox, start: Start, arguments: list[str]) -> None:
    server = start_sandbox("--session", "demo", *arguments)
    caller = start(server)
    caller.connect()
    open_now = counts()
    caller.connect()
    caller.connect()
    caller.pause()
    caller.connect()
    caller.pause()
    assert [request["connection"] for request in server.requests()] == [1, 1]
    assert nothing_is_left(open_now)


@HTTPS
def test_a_second_connect_makes_no_second_connection(
    start_sandbox: StartSandbox, start: Start, arguments: list[str]
) -> None:
    server = start_sandbox("--session", "demo", *arguments)
    with relaying(server.url) as relay:
        caller = start(relay.url, ca_file=server.ca_file)
        for _ in range(3):
            caller.connect()
        caller.pause()
        assert len(relay.received) == 1


@pytest.mark.parametrize("pauses", [False, True], ids=["connect", "pause"])
def test_no_byte_is_sent_over_http(silent: socket.socket, start: Start, pauses: bool) -> None:
    caller = start(url(silent))
    caller.connect()
    with accept(silent) as connection:
        if pauses:
            # This test would notice a request.
            with pytest.raises(libanchor.APITimeoutError):
                caller(caller.client.recordings.pause_recording, "demo", timeout=0.5)
        caller.close()
        assert connection.recv(4) == (b"POST" if pauses else b"")


@HTTPS
@pytest.mark.parametrize("pauses", [False, True], ids=["connect", "pause"])
def test_no_request_is_sent_over_https(
    start_sandbox: StartSandbox, start: Start, arguments: list[str], pauses: bool
) -> None:
    server = start_sandbox("--session", "demo", *arguments)
    with relaying(server.url) as relay:
        caller = start(relay.url, ca_file=server.ca_file)
        caller.connect()
        if pauses:
            # This test would notice a request.
            caller.pause()
        caller.close()
        relay.wait_for_the_end()
        assert (longest_encrypted_record(relay) > LONGEST_RECORD) == pauses
    assert len(server.requests()) == pauses


def longest_encrypted_record(relay: Relay) -> int:
    """The length of the longest TLS record of encrypted data on the only connection."""
    (received,) = relay.received
    lengths: list[int] = []
    while received:
        kind, length = received[0], int.from_bytes(received[3:5], "big")
        lengths.append(length if kind == ENCRYPTED else 0)
        del received[: 5 + length]
    return max(lengths)


def test_a_connection_that_the_server_closed_is_replaced(start_sandbox: StartSandbox, start: Start) -> None:
    server = start_sandbox("--session", "demo", "--tls")
    with relaying(server.url) as relay:
        # The library may notice the end of a connection only when it has sent a request.
        caller = start(relay.url, ca_file=server.ca_file, max_retries=1)
        caller.connect()
        relay.drop_connections()
        caller.pause()
        relay.drop_connections()
        caller.connect()
        caller.pause()
        assert len(relay.received) == 3


def test_a_copy_of_the_client_shares_the_connection(start_sandbox: StartSandbox, start: Start) -> None:
    server = start_sandbox("--session", "demo")
    caller = start(server)
    caller(caller.client.with_options(timeout=DEADLINE_SECONDS).connect)
    caller.pause()
    assert [request["connection"] for request in server.requests()] == [1]


def test_connecting_is_logged(sandbox: Sandbox, start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "libanchor")
    start(sandbox).connect()
    (record,) = caplog.records
    assert (record.levelno, record.getMessage().rpartition(": ")[2]) == (logging.INFO, "connected")


def test_a_refused_port_raises(start: Start) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        # The port is bound but not listening, so that no other program can take it.
        caller = start(url(unused))
        with pytest.raises(libanchor.APIConnectionError, match=r"while connecting: .* nothing was sent") as caught:
            caller.connect(max_retries=1)
    assert (type(caught.value), caught.value.status) == (libanchor.APIConnectionError, 3)
    assert (caught.value.attempts, caught.value.sent) == (2, False)


def test_a_name_without_an_address_raises(start: Start) -> None:
    # No part of a name has more than 63 characters, so that no server is asked.
    caller = start(f"http://{'x' * 64}.invalid", proxy="")
    with pytest.raises(libanchor.APIConnectionError, match="address information") as caught:
        caller.connect()
    assert (type(caught.value), caught.value.status, caught.value.sent) == (libanchor.APIConnectionError, 3, False)


def test_a_server_of_an_unknown_ca_is_refused(start_sandbox: StartSandbox, start: Start) -> None:
    server = start_sandbox("--tls", "--session", "demo")
    caller = start(server, ca_file=start_sandbox("--tls").ca_file)
    with pytest.raises(libanchor.APIConnectionError, match="nothing was sent") as caught:
        caller.connect()
    assert (type(caught.value), caught.value.status, caught.value.sent) == (libanchor.APIConnectionError, 4, False)
    assert server.requests() == []


@pytest.mark.parametrize("where", ["client", "call"])
def test_a_handshake_that_is_not_answered_times_out(silent: socket.socket, start: Start, where: str) -> None:
    caller = start(url(silent, "https"), timeout=0.3 if where == "client" else 3600)
    begun = time.monotonic()
    with pytest.raises(libanchor.APITimeoutError, match="timed out after 300 ms while connecting") as caught:
        caller.connect(timeout=None if where == "client" else 0.3)
    assert 0.3 <= time.monotonic() - begun < SOON_SECONDS
    assert (caught.value.status, caught.value.attempts, caught.value.sent) == (6, 1, None)


def test_a_closed_client_makes_no_connection(silent: socket.socket, start: Start) -> None:
    caller = start(url(silent))
    caller(caller.client.close)
    with pytest.raises(libanchor.ClientClosedError) as caught:
        caller.connect()
    assert (caught.value.status, caught.value.attempts) == (2, 0)
    silent.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent.accept()


@pytest.mark.parametrize(
    ("setting", "cls"),
    [
        *(({"timeout": each}, libanchor.InvalidArgumentError) for each in (0, -1, 86400.01, math.inf, math.nan)),
        *(({"max_retries": each}, libanchor.InvalidArgumentError) for each in (-1, 2**32)),
        ({"timeout": "1"}, TypeError),
        ({"max_retries": 1.5}, TypeError),
        ({"session_id": "demo"}, TypeError),
    ],
    ids=str,
)
def test_an_unusable_argument_is_refused(
    silent: socket.socket, start: Start, setting: dict[str, Any], cls: type[Exception]
) -> None:
    caller = start(url(silent))
    (name,) = setting
    with pytest.raises(cls, match=name):
        caller.connect(**setting)
    silent.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent.accept()


def test_arguments_are_keyword_only(start: Start, sandbox: Sandbox) -> None:
    caller = start(sandbox)
    with pytest.raises(TypeError, match="positional"):
        caller(caller.client.connect, 1)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_stalled_connect(
    silent: socket.socket, make_client: MakeClient, start_sandbox: StartSandbox
) -> None:
    connections: list[socket.socket] = []
    client = make_client(url(silent, "https"))
    before = counts()
    with (
        sent(signal.SIGINT, once=lambda: connections.append(accept(silent))) as moments,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        client.connect(timeout=DEADLINE_SECONDS)
    assert time.monotonic() - moments[0] < SOON_SECONDS
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    for connection in connections:
        connection.close()
    with pytest.raises(libanchor.APITimeoutError):
        client.connect(timeout=0.2)
    client.close()
    wait_for(lambda: nothing_is_left(before))
    # Other calls of the thread work.
    make_client(start_sandbox()).connect()


def test_cancelling_a_task_ends_its_connect(
    silent: socket.socket, make_async_client: MakeAsyncClient, start_sandbox: StartSandbox, run: Run
) -> None:
    async def main() -> None:
        client = make_async_client(url(silent, "https"))
        task = asyncio.create_task(client.connect())
        connection = await asyncio.to_thread(accept, silent)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - begun < SOON_SECONDS
        assert this_queue()._in_flight == {}
        await asyncio.to_thread(read_to_the_end, connection)
        await make_async_client(start_sandbox()).connect()

    run(main())


def read_to_the_end(connection: socket.socket) -> None:
    """Waits until the client has closed the connection."""
    with connection:
        while connection.recv(65536):
            pass


def test_cancelling_a_task_leaves_other_connects_alone(
    start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    server = start_sandbox("--session", "demo", "--tls")

    async def main() -> None:
        client = make_async_client(server, ca_file=server.ca_file)
        tasks = [asyncio.create_task(client.connect()) for _ in range(20)]
        await asyncio.sleep(0)
        # The first one makes the connection, for which the others wait.
        for task in tasks[:10]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in results[:10]] == [asyncio.CancelledError] * 10
        assert results[10:] == [None] * 10
        assert (await client.recordings.pause_recording("demo")).status == "paused"

    run(main())


def test_a_forked_child_makes_its_own_connection(start_sandbox: StartSandbox, start: Start) -> None:
    server = start_sandbox("--session", "demo")
    caller = start(server)
    caller.connect()

    def child() -> None:
        own = Caller(caller.client)
        own.connect()
        own.pause()

    in_child(child)
    caller.pause()
    # The parent's connection is the first.
    assert [request["connection"] for request in server.requests()] == [2, 1]


@EVERY_SERVER
def test_an_unused_connection_is_closed_with_its_client(
    start_sandbox: StartSandbox, start: Start, arguments: list[str]
) -> None:
    server = start_sandbox(*arguments)
    before = counts()
    caller = start(server)
    caller.connect()
    caller.close()
    wait_for(lambda: nothing_is_left(before))


def test_many_connects_at_once_share_a_connection_over_http2(
    start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    server = start_sandbox("--session", "demo", "--tls")

    async def main(relay: Relay) -> None:
        client = make_async_client(relay.url, ca_file=server.ca_file)
        # Few enough for a connection whose server has not told its limit yet.
        await asyncio.gather(*(client.connect() for _ in range(50)))
        answers = await asyncio.gather(*(client.recordings.pause_recording("demo") for _ in range(50)))
        assert {answer.status for answer in answers} == {"paused"}
        assert len(relay.received) == 1

    with relaying(server.url) as relay:
        run(main(relay))


@pytest.mark.parametrize("arguments", [SERVERS["http"], SERVERS["https with HTTP/1.1"]], ids=["http", "https"])
def test_many_connects_at_once_succeed_over_http1(
    start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run, arguments: list[str]
) -> None:
    server = start_sandbox("--session", "demo", *arguments)

    async def main() -> None:
        client = make_async_client(server, ca_file=server.ca_file or None)
        assert await asyncio.gather(*(client.connect() for _ in range(100))) == [None] * 100
        assert this_queue()._in_flight == {}
        assert (await client.recordings.pause_recording("demo")).status == "paused"

    run(main())


def test_a_connection_serves_the_calls_of_every_thread(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    client = make_client(server)
    for call in (client.connect, lambda: client.recordings.pause_recording("demo")):
        # Threads that have ended do not take it along.
        thread = threading.Thread(target=call)
        thread.start()
        thread.join(DEADLINE_SECONDS)
    client.recordings.pause_recording("demo")
    assert [request["connection"] for request in server.requests()] == [1, 1]


def test_many_threads_connect_at_once(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    client = make_client(start_sandbox("--session", "demo"))
    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(client.connect) for _ in range(64)]:
            assert future.result(DEADLINE_SECONDS) is None
    assert client.recordings.pause_recording("demo").status == "paused"


def test_other_threads_run_meanwhile(silent: socket.socket, make_client: MakeClient) -> None:
    client = make_client(url(silent, "https"))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(client.connect)
        # This thread closes the connection while the other one waits.
        accept(silent).close()
        with pytest.raises(libanchor.APIConnectionError) as caught:
            running.result(DEADLINE_SECONDS)
    assert type(caught.value) is libanchor.APIConnectionError
