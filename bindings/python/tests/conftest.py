"""What the tests share: sandboxes, clients, a clean environment, and the watch over the API key."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sandbox as servers
import uvloop
from libanchor import Anchorbrowser, AnchorbrowserError, AsyncAnchorbrowser
from sandbox import Sandbox

os.environ["ANCHOR_LIBRARY"] = servers.LIBRARY

KEY = f"sk-canary-{secrets.token_hex(8)}"
#: Every text that could give the key away: the messages and reprs of all exceptions that were made, and the log.
_said: list[str] = []

StartSandbox = Callable[..., Sandbox]
MakeClient = Callable[..., Anchorbrowser]
MakeAsyncClient = Callable[..., AsyncAnchorbrowser]

T = TypeVar("T")


class Run:
    """Runs a coroutine on a new loop, within the deadline; nothing that went wrong on the loop goes unnoticed."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.new_loop = new_loop

    def __call__(self, main: Coroutine[Any, Any, T]) -> T:
        noticed: list[dict[str, Any]] = []
        loop = self.new_loop()
        loop.set_exception_handler(lambda _, context: noticed.append(context))
        try:
            return loop.run_until_complete(asyncio.wait_for(main, servers.DEADLINE_SECONDS))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            assert noticed == []


@pytest.fixture(scope="session", autouse=True)
def _listen() -> Iterator[None]:
    original = AnchorbrowserError.__init__

    def listening(self: AnchorbrowserError, message: str, **details: Any) -> None:
        original(self, message, **details)
        _said.extend((message, str(self), repr(self)))

    logged = logging.Handler()
    logged.emit = lambda record: _said.append(record.getMessage())  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AnchorbrowserError, "__init__", listening)
        logging.getLogger("libanchor").addHandler(logged)
        yield


@pytest.fixture(autouse=True)
def heard() -> Iterator[list[str]]:
    """What was said in this test. Others may add to it; the key in it is a failure."""
    _said.clear()
    yield _said
    assert not [text for text in _said if "canary" in text], "the API key was given away"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANCHORBROWSER_API_KEY", "ANCHORBROWSER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt also in a process that was started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def key() -> str:
    return KEY


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox with one session per fault, and the session "fine".

    A fault that happens once belongs to one test alone.
    """
    server = Sandbox(tmp_path_factory.mktemp("sandbox") / "log", KEY, "--session", "fine", "--session-per-fault")
    yield server
    server.stop()


@pytest.fixture
def start_sandbox(tmp_path: Path) -> Iterator[StartSandbox]:
    """Starts further sandboxes with the given arguments."""
    started: list[Sandbox] = []

    def start(*arguments: str) -> Sandbox:
        started.append(Sandbox(tmp_path / f"log-{len(started)}", KEY, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def start_shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartSandbox]:
    """Starts sandboxes for all tests of a file."""
    started: list[Sandbox] = []

    def start(*arguments: str) -> Sandbox:
        started.append(Sandbox(tmp_path_factory.mktemp("sandbox") / "log", KEY, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes clients for a sandbox or a URL; without retries unless told otherwise."""
    made: list[Anchorbrowser] = []

    def make(server: Sandbox | str, **settings: Any) -> Anchorbrowser:
        url = server if isinstance(server, str) else server.url
        given = {"api_key": KEY, "base_url": url, "max_retries": 0, "timeout": servers.DEADLINE_SECONDS}
        made.append(Anchorbrowser(**{**given, **settings}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def make_async_client() -> Iterator[MakeAsyncClient]:
    """As `make_client`."""
    made: list[AsyncAnchorbrowser] = []

    def make(server: Sandbox | str, **settings: Any) -> AsyncAnchorbrowser:
        url = server if isinstance(server, str) else server.url
        given = {"api_key": KEY, "base_url": url, "max_retries": 0, "timeout": servers.DEADLINE_SECONDS}
        made.append(AsyncAnchorbrowser(**{**given, **settings}))
        return made[-1]

    yield make
    for client in made:
        client._free()


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    return Run(request.param)


@pytest.fixture
def client(sandbox: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    """A client of the shared sandbox, without retries."""
    return make_client(sandbox)
