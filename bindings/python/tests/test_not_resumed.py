"""A failed resume is told as such: it must not look like a failed pause."""

from __future__ import annotations

import asyncio
import pickle
import sys
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import libanchor
import pytest
from answering import PAUSED, answering
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from libanchor import Anchorbrowser, NotResumedError
from sandbox import Sandbox
from test_paused import attached, check_not_resumed

Fail = Callable[[BaseHTTPRequestHandler], object]


def answer(code: int, body: str, *, announced: int | None = None) -> Fail:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        handler.send_header("Retry-After", "7")
        handler.send_header("x-request-id", "req-9")
        handler.end_headers()
        handler.wfile.write(body.encode())
        handler.close_connection = announced is not None

    return send


def close(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


ERROR = '{"error":{"message":"no"}}'
#: What the server does when it is asked to resume, and the cause.
FAILURES: dict[str, tuple[Fail, type[libanchor.AnchorbrowserError], int]] = {
    **{
        str(code): (answer(code, ERROR), cls, code)
        for code, cls in [
            (302, libanchor.APIStatusError),
            (400, libanchor.BadRequestError),
            (401, libanchor.AuthenticationError),
            (403, libanchor.PermissionDeniedError),
            (404, libanchor.NotFoundError),
            (409, libanchor.ConflictError),
            (422, libanchor.UnprocessableEntityError),
            (429, libanchor.RateLimitError),
            (500, libanchor.InternalServerError),
        ]
    },
    "nothing": (answer(204, ""), libanchor.APIResponseValidationError, 8),
    "still paused": (answer(200, PAUSED), libanchor.APIResponseValidationError, 8),
    "page": (answer(200, "<html>"), libanchor.APIResponseValidationError, 8),
    "cut off": (answer(200, "{", announced=9), libanchor.APIConnectionError, 5),
    "closed": (close, libanchor.APIConnectionError, 5),
    "silent": (lambda handler: handler.server.may_answer.wait(2), libanchor.APITimeoutError, 6),  # type: ignore[attr-defined]
}
EVERY_FAILURE = pytest.mark.parametrize(("fail", "cause", "status"), FAILURES.values(), ids=FAILURES)


@EVERY_FAILURE
def test_every_failure(
    make_client: MakeClient, fail: Fail, cause: type[libanchor.AnchorbrowserError], status: int
) -> None:
    ran = False
    with answering() as server, pytest.raises(NotResumedError) as caught:
        server.resume = fail
        with make_client(server.url, timeout=1).recordings.paused("demo"):
            assert server.state == "paused"
            server.may_answer.clear() if cause is libanchor.APITimeoutError else None
            ran = True
    assert ran
    check_not_resumed(caught.value, cause)
    assert caught.value.status == status
    if status >= 400:
        error = caught.value
        assert (error.status_code, error.body, error.retry_after) == (status, {"error": {"message": "no"}}, 7.0)
        assert (error.request_id, error.attempts) == ("req-9", 1)
    shown = "".join(traceback.format_exception(caught.value))
    assert "The above exception was the direct cause of the following exception" in shown


@EVERY_FAILURE
def test_every_failure_of_the_awaited_client(
    make_async_client: MakeAsyncClient, run: Run, fail: Fail, cause: type[libanchor.AnchorbrowserError], status: int
) -> None:
    async def main() -> None:
        with answering() as server, pytest.raises(NotResumedError) as caught:
            server.resume = fail
            async with make_async_client(server.url, timeout=1).recordings.paused("demo"):
                assert server.state == "paused"
                server.may_answer.clear() if cause is libanchor.APITimeoutError else None
        check_not_resumed(caught.value, cause)
        assert "resume it with await client.recordings.resume_recording(" in caught.value.message
        assert caught.value.status == status

    run(main())


def test_no_connection_can_be_made(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    with pytest.raises(NotResumedError) as caught, make_client(server).recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.stop()
    check_not_resumed(caught.value, libanchor.APIConnectionError)
    assert "nothing was sent" in caught.value.message


def test_a_failed_pause_looks_otherwise(sandbox: Sandbox, make_client: MakeClient) -> None:
    with pytest.raises(libanchor.AuthenticationError) as caught, make_client(sandbox).recordings.paused("401"):
        raise AssertionError("the body runs")
    assert not isinstance(caught.value, NotResumedError)


@pytest.mark.parametrize(
    ("session", "shown"),
    [('a"b', r'"a\"b"'), ("ü 日本", '"ü 日本"'), ("a\u202eb", r'"a\u202eb"'), ("a'b", '"a\'b"')],
    ids=ascii,
)
def test_the_session_is_shown_as_a_program_writes_it(
    start_sandbox: StartSandbox, make_client: MakeClient, session: str, shown: str
) -> None:
    server = start_sandbox("--session", session)
    client = make_client(server)
    with pytest.raises(NotResumedError) as caught, client.recordings.paused(session):
        assert server.recording(session) == "paused"
        client.close()
    assert caught.value.session_id == session
    assert f"the recording of session {shown} may still be paused; " in caught.value.message
    assert f"client.recordings.resume_recording({shown}): " in caught.value.message
    assert "\n" not in caught.value.message


def test_it_resumes_as_the_message_says(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    client = make_client(server)
    with pytest.raises(NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        client.close()
    assert server.recording("demo") == "paused"
    client = make_client(server)
    (call,) = [part for part in caught.value.message.replace("; resume it with ", ": ").split(": ") if "(" in part]
    eval(call, {"client": client})
    assert server.recording("demo") == "recording"


def test_an_outer_block_is_told_of_the_failure_alone(server: Sandbox, client: Anchorbrowser) -> None:
    """The inner block ends without a resume, so that only the outer one can fail."""
    with pytest.raises(NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            server.end_session("demo")
    check_not_resumed(caught.value, libanchor.NotFoundError)


def test_what_a_block_in_the_block_raised_goes_on(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.NotFoundError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        with client.recordings.paused("demo"):
            raise AssertionError("the body runs")
    assert "while pausing" in caught.value.message
    assert "the block ran, and the recording of session " in attached(caught.value)


def test_it_can_be_pickled(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is NotResumedError
    assert (str(copy), vars(copy)) == (str(caught.value), vars(caught.value))
    assert copy.session_id == "demo"


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo")


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


def test_cancelling_a_task_that_cannot_resume(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    """CancelledError goes on, or asyncio would not know that the task was cancelled."""

    async def main() -> None:
        client = make_async_client(server)

        async def body() -> None:
            async with client.recordings.paused("demo"):
                assert server.recording("demo") == "paused"
                server.end_session("demo")
                await asyncio.sleep(3600)

        task = asyncio.create_task(body())
        while server.verbs("demo")[-1:] != ["demo"]:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        if sys.version_info >= (3, 11):
            assert "the block ran, and the recording of session " in attached(caught.value)

    run(main())
