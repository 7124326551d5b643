"""Shared fixtures: sandboxes, clients, a clean environment, and a check for leaked keys."""

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
import uvloop
from libanchor import Anchorbrowser, AnchorbrowserError, AsyncAnchorbrowser
from paths import LIBRARY
from sandbox import DEADLINE_SECONDS, Sandbox

os.environ["ANCHOR_LIBRARY"] = LIBRARY

KEY = f"sk-canary-{secrets.token_hex(8)}"
#: Every text that could contain the key: the messages and reprs of all exceptions, and the log.
_shown: list[str] = []

StartSandbox = Callable[..., Sandbox]
MakeClient = Callable[..., Anchorbrowser]
MakeAsyncClient = Callable[..., AsyncAnchorbrowser]

T = TypeVar("T")


class Run:
    """Runs a coroutine on a new loop, within the deadline. Errors in callbacks fail the test."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.new_loop = new_loop

    def __call__(self, main: Coroutine[Any, Any, T]) -> T:
        errors: list[dict[str, Any]] = []
        loop = self.new_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context))
        try:
            return loop.run_until_complete(asyncio.wait_for(main, DEADLINE_SECONDS))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            assert errors == []


@pytest.fixture(scope="session", autouse=True)
def _collect_shown_texts() -> Iterator[None]:
    original = AnchorbrowserError.__init__

    def collecting(self: AnchorbrowserError, message: str, **details: Any) -> None:
        original(self, message, **details)
        _shown.extend((message, str(self), repr(self)))

    logged = logging.Handler()
    logged.emit = lambda record: _shown.append(record.getMessage())  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AnchorbrowserError, "__init__", collecting)
        logging.getLogger("libanchor").addHandler(logged)
        yield


@pytest.fixture(autouse=True)
def shown() -> Iterator[list[str]]:
    """The texts that this test has shown, to which it may add. None may contain the key."""
    _shown.clear()
    yield _shown
    assert not [text for text in _shown if "canary" in text], "the API key was shown"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANCHORBROWSER_API_KEY", "ANCHORBROWSER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Makes SIGINT raise KeyboardInterrupt, which a background process ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def key() -> str:
    return KEY


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with one session for each fault, and the session "fine".

    All tests share it. A fault that happens only once can be used by one test.
    """
    server = Sandbox(tmp_path_factory.mktemp("sandbox") / "log", KEY, "--session", "fine", "--session-per-fault")
    yield server
    server.stop()


@pytest.fixture
def start_sandbox(tmp_path: Path) -> Iterator[StartSandbox]:
    """Starts further sandboxes with the given arguments, for one test."""
    started: list[Sandbox] = []

    def start(*arguments: str) -> Sandbox:
        started.append(Sandbox(tmp_path / f"log-{len(started)}", KEY, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    """A sandbox with the session "demo", for one test."""
    return start_sandbox("--session", "demo")


@pytest.fixture(scope="module")
def start_shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartSandbox]:
    """Starts sandboxes that all tests of a file share."""
    started: list[Sandbox] = []

    def start(*arguments: str) -> Sandbox:
        started.append(Sandbox(tmp_path_factory.mktemp("sandbox") / "log", KEY, *arguments))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes clients for a sandbox or a URL. They do not retry by default."""
    made: list[Anchorbrowser] = []

    def make(server: Sandbox | str, **settings: Any) -> Anchorbrowser:
        url = server if isinstance(server, str) else server.url
        given = {"api_key": KEY, "base_url": url, "max_retries": 0, "timeout": DEADLINE_SECONDS}
        made.append(Anchorbrowser(**{**given, **settings}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def make_async_client() -> Iterator[MakeAsyncClient]:
    """Makes asyncio clients, as `make_client` makes blocking ones."""
    made: list[AsyncAnchorbrowser] = []

    def make(server: Sandbox | str, **settings: Any) -> AsyncAnchorbrowser:
        url = server if isinstance(server, str) else server.url
        given = {"api_key": KEY, "base_url": url, "max_retries": 0, "timeout": DEADLINE_SECONDS}
        made.append(AsyncAnchorbrowser(**{**given, **settings}))
        return made[-1]

    yield make
    for client in made:
        client._free()


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """A loop that watches no descriptors for others, as the default one of Windows."""

    def add_reader(self, *_: Any) -> None:  # type: ignore[override]
        raise NotImplementedError


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop, "without-readers": LoopWithoutReaders}


@pytest.fixture(params=list(LOOPS.values()), ids=list(LOOPS))
def run(request: pytest.FixtureRequest) -> Run:
    return Run(request.param)


@pytest.fixture
def client(sandbox: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    """A client of the shared sandbox that does not retry."""
    return make_client(sandbox)
