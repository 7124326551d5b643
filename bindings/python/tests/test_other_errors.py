"""Failures of resuming, listing and deleting, and when each is retried."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser, AnchorbrowserError
from sandbox import DEADLINE_SECONDS, Sandbox

Call = Callable[..., Any]
CALLS: dict[str, Call] = {
    "resume": lambda client, session, **settings: client.recordings.resume_recording(session, **settings),
    "list": lambda client, session, **settings: client.recordings.list_recordings(session, **settings),
    "delete": lambda client, session, **settings: client.recordings.delete_recording(session, "primary", **settings),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
#: The fault, the exception, its status and its HTTP status.
FAILURES: list[tuple[str, type[AnchorbrowserError], int, int | None]] = [
    ("400", libanchor.BadRequestError, 400, 400),
    ("401", libanchor.AuthenticationError, 401, 401),
    ("403", libanchor.PermissionDeniedError, 403, 403),
    ("404", libanchor.NotFoundError, 404, 404),
    ("422", libanchor.UnprocessableEntityError, 422, 422),
    ("429", libanchor.RateLimitError, 429, 429),
    ("500", libanchor.InternalServerError, 500, 500),
    ("302", libanchor.APIStatusError, 302, 302),
    *((lie, libanchor.APIResponseValidationError, 8, 200) for lie in ("html", "empty", "array", "error-in-200")),
    *((end, libanchor.APIConnectionError, 5, None) for end in ("truncated", "close", "reset")),
]


@EVERY_CALL
@pytest.mark.parametrize(("fault", "cls", "status", "code"), FAILURES, ids=[row[0] for row in FAILURES])
def test_a_failure_raises_its_class(
    sandbox: Sandbox,
    client: Anchorbrowser,
    call: Call,
    fault: str,
    cls: type[AnchorbrowserError],
    status: int,
    code: int | None,
) -> None:
    before = len(sandbox.requests(fault))
    with pytest.raises(AnchorbrowserError) as caught:
        call(client, fault)
    error = caught.value
    assert type(error) is cls
    assert (error.status, error.status_code, error.attempts) == (status, code, 1)
    assert fault in error.message
    assert "\n" not in error.message
    assert len(sandbox.requests(fault)) == before + 1


@EVERY_CALL
def test_a_timeout_is_not_retried(sandbox: Sandbox, client: Anchorbrowser, call: Call) -> None:
    before = len(sandbox.requests("stall"))
    with pytest.raises(libanchor.APITimeoutError, match="300 ms") as caught:
        call(client, "stall", timeout=0.3, max_retries=5)
    assert (caught.value.status, caught.value.attempts, caught.value.sent) == (6, 1, None)
    assert len(sandbox.requests("stall")) == before + 1


@EVERY_CALL
def test_a_refused_connection_says_that_nothing_was_sent(make_client: MakeClient, call: Call) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = make_client(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(libanchor.APIConnectionError, match="nothing was sent") as caught:
            call(client, "demo")
    assert (caught.value.status, caught.value.status_code, caught.value.sent) == (3, None, False)


def test_a_connection_that_is_refused_after_a_lost_one_does_not_say_that_nothing_was_sent(
    make_client: MakeClient,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def lose() -> None:
            connection, _ = listener.accept()
            connection.recv(1)
            listener.close()
            connection.close()

        lost = pool.submit(lose)
        client = make_client(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(libanchor.APIConnectionError) as caught:
            client.recordings.resume_recording("demo", max_retries=1)
        lost.result(DEADLINE_SECONDS)
    assert (caught.value.attempts, caught.value.sent) == (2, None)


@EVERY_CALL
def test_a_closed_client_refuses_calls(client: Anchorbrowser, call: Call) -> None:
    client.close()
    with pytest.raises(libanchor.ClientClosedError):
        call(client, "demo")


def test_a_deletion_may_be_answered_without_a_body(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    answer = CALLS["delete"](make_client(start_sandbox("--session-per-fault")), "no-content")
    assert (answer.http_status, answer.data.status) == (204, None)


@pytest.mark.parametrize("call", [CALLS["resume"], CALLS["list"]], ids=["resume", "list"])
def test_other_calls_may_not_be_answered_without_a_body(
    start_sandbox: StartSandbox, make_client: MakeClient, call: Call
) -> None:
    """Such an answer does not confirm a resume, and it is not an empty list."""
    client = make_client(start_sandbox("--session-per-fault"))
    with pytest.raises(libanchor.APIResponseValidationError, match=r"HTTP 204 .*, but only 200 confirms it"):
        call(client, "no-content")


@pytest.mark.parametrize("call", [CALLS["resume"], CALLS["list"]], ids=["resume", "list"])
@pytest.mark.parametrize("fault", ["500-once", "429-once-ms", "close-once", "reset-once"])
def test_transient_failures_are_retried(
    start_sandbox: StartSandbox, make_client: MakeClient, call: Call, fault: str
) -> None:
    server = start_sandbox("--session-per-fault")
    assert call(make_client(server), fault, max_retries=2).attempts == 2
    assert len(server.requests(fault)) == 2


@pytest.mark.parametrize("fault", ["429-once-ms", "400-once-retry"])
def test_a_deletion_is_retried_if_the_attempt_had_no_effect(
    start_sandbox: StartSandbox, make_client: MakeClient, fault: str
) -> None:
    server = start_sandbox("--session-per-fault")
    answer = make_client(server).recordings.delete_recording(fault, "primary", max_retries=5)
    assert (answer.attempts, answer.data.status) == (2, "deleted")
    assert len(server.requests(fault)) == 2


@pytest.mark.parametrize("fault", ["500-once", "close-once", "reset-once"])
def test_a_deletion_that_may_have_happened_is_not_retried(
    start_sandbox: StartSandbox, make_client: MakeClient, fault: str
) -> None:
    server = start_sandbox("--session-per-fault")
    with pytest.raises(libanchor.APIError) as caught:
        make_client(server, max_retries=5).recordings.delete_recording(fault, "primary", max_retries=5)
    assert caught.value.attempts == 1
    assert len(server.requests(fault)) == 1


@pytest.mark.parametrize("recording", ["no-such-recording", "primary"])
def test_deleting_a_missing_recording_raises(
    start_sandbox: StartSandbox, make_client: MakeClient, recording: str
) -> None:
    recordings = make_client(start_sandbox("--session", "demo")).recordings
    recordings.delete_recording("demo", "primary")
    with pytest.raises(libanchor.NotFoundError):
        recordings.delete_recording("demo", recording)
