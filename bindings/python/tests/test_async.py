"""Every call of the asyncio client, and each of its failures."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import libanchor
import pytest
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from interrupting import Interrupt
from libanchor import Anchorbrowser, AnchorbrowserError, AsyncAnchorbrowser
from libanchor._native import library, queue
from log_filter import log_filter
from sandbox import Sandbox
from test_client import is_freed
from test_other_errors import FAILURES

Call = Callable[..., Awaitable[Any]]
CALLS: dict[str, Call] = {
    "pause": lambda client, session, **settings: client.recordings.pause_recording(session, **settings),
    "resume": lambda client, session, **settings: client.recordings.resume_recording(session, **settings),
    "list": lambda client, session, **settings: client.recordings.list_recordings(session, **settings),
    "delete": lambda client, session, **settings: client.recordings.delete_recording(session, "primary", **settings),
    "request": lambda client, session, **settings: client.request(
        "GET", f"/v1/sessions/{session}/recordings", **settings
    ),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def test_every_call_succeeds(start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    server = start_sandbox("--session", "demo")

    async def main() -> None:
        async with make_async_client(server) as client:
            recordings = client.recordings
            paused = await recordings.pause_recording("demo")
            assert (paused.data.data.status, paused.http_status, paused.attempts) == ("paused", 200, 1)
            assert paused.request_id
            assert server.recording("demo") == "paused"
            assert (await recordings.resume_recording("demo")).data.data.status == "recording"
            (item,) = (await recordings.list_recordings("demo")).data.items
            assert (await client.request("GET", "/v1/sessions/demo/recordings"))["data"]["items"][0]["id"] == item.id
            assert item.id is not None
            assert (await recordings.delete_recording("demo", item.id)).data.status == "deleted"
            session = (await client.request("POST", "/v1/sessions", body={"session": {}}))["data"]["id"]
            await recordings.pause_recording(session_id=session)
        assert client.is_closed()

    run(main())
    assert server.verbs("demo") == ["pause", "resume", "recordings", "recordings", "demo-primary"]


@pytest.mark.parametrize(
    ("name", "fault", "cls", "status", "code"),
    # `request` accepts any JSON.
    [(name, *row) for name in CALLS for row in FAILURES if (name, row[0]) != ("request", "array")],
)
def test_a_failure_raises_its_class(
    sandbox: Sandbox,
    make_async_client: MakeAsyncClient,
    name: str,
    fault: str,
    cls: type[AnchorbrowserError],
    status: int,
    code: int | None,
) -> None:
    async def main() -> AnchorbrowserError:
        with pytest.raises(AnchorbrowserError) as caught:
            await CALLS[name](make_async_client(sandbox), fault)
        return caught.value

    error = Run(asyncio.new_event_loop)(main())
    assert type(error) is cls
    assert (error.status, error.status_code, error.attempts) == (status, code, 1)
    assert fault in error.message


@EVERY_CALL
def test_timeouts_bad_settings_and_lost_connections_raise(
    sandbox: Sandbox, make_async_client: MakeAsyncClient, run: Run, call: Call
) -> None:
    async def main() -> None:
        client = make_async_client(sandbox)
        with pytest.raises(libanchor.APITimeoutError, match="200 ms"):
            await call(client, "stall", timeout=0.2)
        with pytest.raises(libanchor.InvalidArgumentError, match="timeout"):
            await call(client, "404", timeout=0)
        with pytest.raises(TypeError, match="max_retries"):
            await call(client, "404", max_retries="1")
        with pytest.raises(libanchor.APIConnectionError, match="nothing was sent"):
            await call(make_async_client("http://127.0.0.1:1"), "404")
        await client.aclose()
        with pytest.raises(libanchor.ClientClosedError):
            await call(client, "404")

    run(main())


@pytest.mark.parametrize("wrong", ["", "a\nb", "a\0b", "..", "a/b", "a%2fb", "a\\b", "x" * 257])
def test_an_unusable_id_is_refused(sandbox: Sandbox, make_async_client: MakeAsyncClient, wrong: str) -> None:
    async def main() -> None:
        recordings = make_async_client(sandbox).recordings
        for name in ("pause_recording", "resume_recording", "list_recordings", "fetch_primary_recording"):
            with pytest.raises(libanchor.InvalidArgumentError, match="session_id"):
                await getattr(recordings, name)(wrong)
        with pytest.raises(libanchor.InvalidArgumentError, match="recording_id"):
            await recordings.delete_recording("404", wrong)
        with pytest.raises(libanchor.InvalidArgumentError, match="session_id"):
            async with recordings.paused(wrong):
                raise AssertionError("the block ran")

    before = len(sandbox.requests())
    Run(asyncio.new_event_loop)(main())
    assert len(sandbox.requests()) == before


def test_settings_of_a_client_and_of_a_call_apply(
    start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    server = start_sandbox("--session-per-fault")

    async def main() -> None:
        client = make_async_client(server)
        assert (await client.recordings.pause_recording("500-once", max_retries=1)).attempts == 2
        other = client.with_options(max_retries=2, timeout=5)
        with pytest.raises(libanchor.InternalServerError) as caught:
            await other.recordings.pause_recording("500")
        assert caught.value.attempts == 3
        await other.close()
        assert client.is_closed()

    run(main())


def test_each_attempt_is_logged(
    sandbox: Sandbox, make_async_client: MakeAsyncClient, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "libanchor")
    run(call_and_ignore(make_async_client(sandbox), "404"))
    (line, *_) = (record.getMessage() for record in caplog.records)
    assert line.startswith("POST /v1/sessions/404/recordings/pause attempt 1, ")


def test_log_lines_run_in_the_context_of_their_call(
    start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run
) -> None:
    sandbox, whose, seen = start_sandbox("--session-per-fault"), ContextVar("whose", default="nobody"), set()

    def note(record: logging.LogRecord) -> bool:
        seen.add((record.getMessage().split("/")[3], whose.get()))
        return True

    async def call_for(session: str, client: AsyncAnchorbrowser) -> None:
        whose.set(session)
        await call_and_ignore(client, session)
        assert whose.get() == session

    async def main() -> None:
        client = make_async_client(sandbox, max_retries=0)
        # The queue is made at the first call, and must not keep its context.
        await call_for("404", client)
        whose.set("main")
        await asyncio.gather(*(call_for(session, client) for session in ("401", "404", "409", "500")))
        assert whose.get() == "main"

    with log_filter(note):
        run(main())
    assert seen == {(session, session) for session in ("401", "404", "409", "500")}


async def call_and_ignore(client: AsyncAnchorbrowser, session: str) -> None:
    with pytest.raises(AnchorbrowserError):
        await client.recordings.pause_recording(session)


@pytest.mark.parametrize("ending", [KeyError, StopAsyncIteration, GeneratorExit])
def test_an_exception_of_a_log_handler_is_raised_by_its_call(
    start_sandbox: StartSandbox, make_async_client: MakeAsyncClient, run: Run, ending: type[BaseException]
) -> None:
    sandbox = start_sandbox("--session", "demo")

    def raise_once(_: logging.LogRecord) -> bool:
        if not raised:
            raised.append(None)
            raise ending("mine")
        return True

    async def main() -> None:
        recordings = make_async_client(sandbox).recordings
        raised_by_calls = await asyncio.gather(*(caught(recordings.pause_recording("demo")) for _ in range(5)))
        assert [(type(each), str(each)) for each in raised_by_calls if each is not None] == [
            (ending, str(ending("mine")))
        ]
        assert raised_by_calls.count(None) == 4

    async def caught(call: Awaitable[object]) -> BaseException | None:
        try:
            await call
        except BaseException as reason:
            return reason
        return None

    raised: list[None] = []
    with log_filter(raise_once):
        run(main())


def test_it_has_everything_that_the_blocking_client_has() -> None:
    pairs: list[tuple[type, type]] = [
        (Anchorbrowser, AsyncAnchorbrowser),
        (libanchor.RecordingsResource, libanchor.AsyncRecordingsResource),
        (libanchor.BinaryAPIResponse, libanchor.AsyncBinaryAPIResponse),
    ]
    for blocking, asynchronous in pairs:
        names = {name for name in dir(blocking) if not name.startswith("_")}
        # Attributes that the constructor sets.
        names -= {"status_code", "retries_taken"}
        assert names <= set(dir(asynchronous))
        for name in names:
            ours, theirs = getattr(asynchronous, name), getattr(blocking, name)
            if inspect.isfunction(theirs):
                assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    assert inspect.signature(Anchorbrowser) == inspect.signature(AsyncAnchorbrowser)


def test_the_client_does_not_show_its_key(
    make_async_client: MakeAsyncClient, sandbox: Sandbox, shown: list[str]
) -> None:
    client = make_async_client(sandbox)
    shown.extend((repr(client), repr(vars(client)), repr(client.recordings)))
    assert repr(client) == "<libanchor.AsyncAnchorbrowser, open>"


def test_closing_one_client_leaves_another_open(make_client: MakeClient, make_async_client: MakeAsyncClient) -> None:
    blocking, asynchronous = make_client("http://127.0.0.1:1"), make_async_client("http://127.0.0.1:1")
    blocking.close()
    assert is_freed(blocking._handle)
    assert not is_freed(asynchronous._handle)


def test_an_interrupt_frees_no_string_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    abi, string = library.load(), ctypes.c_char_p(b"text")
    freed: list[int | None] = []

    def free(pointer: Any) -> None:
        freed.append(ctypes.cast(pointer, ctypes.c_void_p).value)
        raise Interrupt

    address = ctypes.cast(string, ctypes.c_void_p).value
    monkeypatch.setattr(abi, "anchor_free", free)
    with pytest.raises(Interrupt):
        queue._free(abi, string)
    assert freed == [address]
    assert not string
