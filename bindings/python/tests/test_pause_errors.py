"""Each failure of a pause raises its exception, and transient failures are retried."""

from __future__ import annotations

import resource
import socket

import libanchor
import pytest
from conftest import MakeClient
from libanchor import Anchorbrowser, APIConnectionError, APIStatusError, APITimeoutError
from sandbox import Sandbox

STATUSES = [
    ("400", 400, libanchor.BadRequestError),
    ("401", 401, libanchor.AuthenticationError),
    ("403", 403, libanchor.PermissionDeniedError),
    ("404", 404, libanchor.NotFoundError),
    ("408-once", 408, libanchor.APIStatusError),
    ("409-once", 409, libanchor.ConflictError),
    ("422", 422, libanchor.UnprocessableEntityError),
    ("429", 429, libanchor.RateLimitError),
    ("500", 500, libanchor.InternalServerError),
    ("502-page", 502, libanchor.InternalServerError),
    *((code, int(code), libanchor.APIStatusError) for code in ("301", "302", "303", "307", "308")),
]


@pytest.mark.parametrize(("session", "code", "cls"), STATUSES, ids=[row[0] for row in STATUSES])
def test_a_status_raises_its_class(
    sandbox: Sandbox, client: Anchorbrowser, session: str, code: int, cls: type[APIStatusError]
) -> None:
    before = len(sandbox.requests(session))
    with pytest.raises(APIStatusError) as caught:
        client.recordings.pause_recording(session)
    error = caught.value
    assert type(error) is cls
    assert (error.status_code, error.status, error.attempts) == (code, code, 1)
    assert error.request_id
    assert error.message == str(error)
    assert str(code) in error.message
    assert session in error.message
    assert "\n" not in error.message
    assert len(sandbox.requests(session)) == before + 1
    assert sandbox.recording(session) == "recording"


def test_the_body_of_an_error_is_parsed(client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.NotFoundError) as caught:
        client.recordings.pause_recording("404")
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["error"]["error"]["code"] == 404


def test_a_wrong_key_raises_authentication_error(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox, api_key="sk-canary-wrong")
    with pytest.raises(libanchor.AuthenticationError) as caught:
        client.recordings.pause_recording("no-such-session")
    assert caught.value.message.startswith('401 the API key was not accepted while pausing session "no-such-session"')
    assert caught.value.message.endswith("; check the API key that the client was given")


@pytest.mark.parametrize(
    "session",
    ["500-once", "503-once", "429-once", "429-once-ms", "close-once", "reset-once", "400-once-retry"],
)
def test_transient_failures_are_retried(sandbox: Sandbox, make_client: MakeClient, session: str) -> None:
    answer = make_client(sandbox, max_retries=None).recordings.pause_recording(session)
    assert (answer.attempts, answer.data.data.status) == (2, "paused")
    assert len(sandbox.requests(session)) == 2
    assert sandbox.recording(session) == "paused"


def test_a_persistent_failure_is_raised_after_all_retries(sandbox: Sandbox, make_client: MakeClient) -> None:
    before = len(sandbox.requests("500"))
    with pytest.raises(libanchor.InternalServerError) as caught:
        make_client(sandbox, max_retries=None).recordings.pause_recording("500")
    assert caught.value.attempts == 3
    assert len(sandbox.requests("500")) == before + 3


def test_the_server_can_forbid_a_retry(sandbox: Sandbox, make_client: MakeClient) -> None:
    with pytest.raises(libanchor.InternalServerError) as caught:
        make_client(sandbox, max_retries=5).recordings.pause_recording("500-no-retry")
    assert caught.value.attempts == 1


@pytest.mark.parametrize("where", ["client", "call"])
def test_a_timeout_says_that_the_outcome_is_unknown(sandbox: Sandbox, make_client: MakeClient, where: str) -> None:
    client = make_client(sandbox, timeout=0.3 if where == "client" else 3600)
    with pytest.raises(APITimeoutError, match="assume that it is still being recorded, and pause again") as caught:
        client.recordings.pause_recording("stall", timeout=None if where == "client" else 0.3)
    error = caught.value
    assert isinstance(error, APIConnectionError)
    assert (error.status, error.status_code, error.attempts, error.body) == (6, None, 1, None)
    assert error.message.startswith('timed out after 300 ms while pausing session "stall"; ')


def test_a_tiny_timeout_is_not_rounded_to_zero(make_client: MakeClient, sandbox: Sandbox) -> None:
    with pytest.raises(APITimeoutError, match="1 ms"):
        make_client(sandbox, timeout=1e-9).recordings.pause_recording("stall")


def test_a_refused_connection_says_that_nothing_was_sent(make_client: MakeClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        # The port is bound but not listening, so that no other program can take it.
        client = make_client(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(APIConnectionError, match="nothing was sent") as caught:
            client.recordings.pause_recording("demo")
    assert type(caught.value) is APIConnectionError
    assert (caught.value.status, caught.value.status_code, caught.value.request_id) == (3, None, None)


def test_a_lack_of_file_descriptors_raises(client: Anchorbrowser) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(libanchor.ResourceExhaustedError, match="Too many open files") as caught:
            client.recordings.pause_recording("404")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert caught.value.status == 9
    with pytest.raises(libanchor.NotFoundError):
        client.recordings.pause_recording("404")
