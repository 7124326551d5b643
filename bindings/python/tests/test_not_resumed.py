"""`NotResumedError`: a failed resume must not look like a failed pause."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import libanchor
import pytest
from conftest import KEY, MakeAsyncClient, MakeClient, Run, StartSandbox
from fake_server import PAUSED, serving
from libanchor import Anchorbrowser, NotResumedError
from paused_checks import NOT_RESUMED_UNNAMED, check_not_resumed, note
from sandbox import Sandbox

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
#: How the server treats a resume, and the exception that is the cause.
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
def test_every_failed_resume_raises(
    make_client: MakeClient, fail: Fail, cause: type[libanchor.AnchorbrowserError], status: int
) -> None:
    ran = False
    with serving() as server, pytest.raises(NotResumedError) as caught:
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
    text = "".join(traceback.format_exception(caught.value))
    assert "The above exception was the direct cause of the following exception" in text


@EVERY_FAILURE
def test_every_failed_resume_of_the_asyncio_client_raises(
    make_async_client: MakeAsyncClient, run: Run, fail: Fail, cause: type[libanchor.AnchorbrowserError], status: int
) -> None:
    async def main() -> None:
        with serving() as server, pytest.raises(NotResumedError) as caught:
            server.resume = fail
            async with make_async_client(server.url, timeout=1).recordings.paused("demo"):
                assert server.state == "paused"
                server.may_answer.clear() if cause is libanchor.APITimeoutError else None
        check_not_resumed(caught.value, cause)
        if status != 404:
            assert "resume it with await client.recordings.resume_recording(" in caught.value.message
        assert caught.value.status == status

    run(main())


def test_a_resume_without_a_connection_raises(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    with pytest.raises(NotResumedError) as caught, make_client(server).recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.stop()
    check_not_resumed(caught.value, libanchor.APIConnectionError)
    assert "nothing was sent" in caught.value.message


def test_a_failed_pause_raises_another_class(sandbox: Sandbox, make_client: MakeClient) -> None:
    with pytest.raises(libanchor.AuthenticationError) as caught, make_client(sandbox).recordings.paused("401"):
        raise AssertionError("the block ran")
    assert not isinstance(caught.value, NotResumedError)


@pytest.mark.parametrize(
    ("session", "quoted"),
    [('a"b', r'"a\"b"'), ("ü 日本", '"ü 日本"'), ("a'b", '"a\'b"'), ("a-b_c.9", '"a-b_c.9"')],
    ids=ascii,
)
def test_the_message_quotes_the_session_id(
    start_sandbox: StartSandbox, make_client: MakeClient, session: str, quoted: str
) -> None:
    server = start_sandbox("--session", session, "--fault", "resume:500")
    client = make_client(server)
    with pytest.raises(NotResumedError) as caught, client.recordings.paused(session):
        assert server.recording(session) == "paused"
    assert caught.value.session_id == session
    assert f"the recording of session {quoted} may still be paused; " in caught.value.message
    assert f"client.recordings.resume_recording({quoted}): " in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("session", ["a\u202eb", f"the {KEY} one", KEY.upper()], ids=["turned", "key", "capitals"])
def test_a_session_that_the_library_does_not_show_is_left_out(
    start_sandbox: StartSandbox, make_client: MakeClient, session: str
) -> None:
    server = start_sandbox("--session", session, "--fault", "resume:500")
    client = make_client(server)
    with pytest.raises(NotResumedError) as caught, client.recordings.paused(session):
        pass
    assert caught.value.session_id == session
    assert caught.value.message.startswith(NOT_RESUMED_UNNAMED)
    assert session not in repr(caught.value) + str(caught.value.__cause__)


def test_the_call_in_the_message_resumes(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo", "--fault", "resume:500")
    client = make_client(server, max_retries=0)
    with pytest.raises(NotResumedError) as caught, client.recordings.paused("demo"):
        pass
    (call,) = [part for part in caught.value.message.replace("; resume it with ", ": ").split(": ") if "(" in part][:1]
    with pytest.raises(libanchor.InternalServerError):
        eval(call, {"client": client})
    assert server.verbs("demo")[-2:] == ["resume", "resume"]


def test_only_the_outer_block_reports_a_failed_resume(server: Sandbox, client: Anchorbrowser) -> None:
    """The inner block ends without a resume, so only the outer one can fail."""
    with pytest.raises(NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        with client.recordings.paused("demo"):
            assert server.recording("demo") == "paused"
            server.end_session("demo")
    check_not_resumed(caught.value, libanchor.NotFoundError)


def test_the_exception_of_an_inner_block_continues_with_a_note(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.NotFoundError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
        with client.recordings.paused("demo"):
            raise AssertionError("the block ran")
    assert "while pausing" in caught.value.message
    assert "the block ran, and the recording of session " in note(caught.value)


def test_not_resumed_error_can_be_pickled(server: Sandbox, client: Anchorbrowser) -> None:
    with pytest.raises(NotResumedError) as caught, client.recordings.paused("demo"):
        assert server.recording("demo") == "paused"
        server.end_session("demo")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is NotResumedError
    assert (str(copy), vars(copy)) == (str(caught.value), vars(caught.value))
    assert copy.session_id == "demo"


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)
