"""`request` sends any request, with the key, the retries and the checks of the other calls."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser
from sandbox import Sandbox


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "demo", "--session-per-fault")


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


def test_the_answer_is_parsed(server: Sandbox, client: Anchorbrowser) -> None:
    answer = client.request("GET", "/v1/sessions/demo/recordings?page=2")
    assert answer["data"]["items"][0]["id"] == "demo-primary"
    (request,) = server.requests()
    assert (request["method"], request["path"], request["query"]) == ("GET", "/v1/sessions/demo/recordings", "page=2")
    assert (request["headers"]["anchor-api-key"], request["body_bytes"]) == ("valid", 0)


def test_an_empty_answer_is_none_or_refused(client: Anchorbrowser) -> None:
    assert client.request("POST", "/v1/sessions/no-content/recordings/pause") is None
    with pytest.raises(
        libanchor.APIResponseValidationError, match=r"HTTP 200 was received while sending .*the body is empty"
    ):
        client.request("POST", "/v1/sessions/empty/recordings/pause")


@pytest.mark.parametrize("body", [{"session": {"recording": {"active": False}}}, {}, [], [1, None], "ü", 0, False])
def test_a_body_is_sent_as_json(server: Sandbox, client: Anchorbrowser, body: object) -> None:
    # The API takes only objects.
    with contextlib.nullcontext() if isinstance(body, dict) else pytest.raises(libanchor.BadRequestError):
        client.request("POST", "/v1/sessions", body=body)
    (request,) = server.requests()
    assert request["headers"]["content-type"] == "application/json"
    assert request["body_bytes"] == len(json.dumps(body))


def test_a_session_is_started_and_ended(server: Sandbox, client: Anchorbrowser) -> None:
    session = client.request("POST", "/v1/sessions", body={"session": {}})["data"]["id"]
    client.recordings.pause_recording(session)
    assert server.recording(session) == "paused"
    client.request("DELETE", f"/v1/sessions/{session}")
    with pytest.raises(libanchor.NotFoundError):
        client.recordings.pause_recording(session)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"method": "FETCH"}, "method"),
        ({"method": "get"}, "method"),
        ({"method": "a\0b"}, "method"),
        ({"path": "v1/sessions"}, "path"),
        ({"path": "//other.example/v1"}, "path"),
        ({"path": "http://other.example/"}, "path"),
        ({"path": "/v1/../x"}, "path"),
        ({"path": "/v1/a b"}, "path"),
        ({"path": "/v1/\udc80"}, "path"),
        ({"body": float("nan")}, "body"),
        ({"timeout": 0}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
    ],
    ids=str,
)
def test_an_unusable_argument_is_refused(
    server: Sandbox, client: Anchorbrowser, arguments: dict[str, Any], name: str
) -> None:
    with pytest.raises(libanchor.InvalidArgumentError, match=name):
        client.request(**{"method": "POST", "path": "/v1/sessions", **arguments})
    assert server.requests() == []


@pytest.mark.parametrize("arguments", [{"method": None}, {"path": 7}, {"body": object()}], ids=str)
def test_an_argument_of_the_wrong_type_raises_type_error(
    server: Sandbox, client: Anchorbrowser, arguments: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        client.request(**{"method": "POST", "path": "/v1/sessions", **arguments})
    assert server.requests() == []


@pytest.mark.parametrize(
    ("fault", "cls"),
    [
        ("401", libanchor.AuthenticationError),
        ("404", libanchor.NotFoundError),
        ("429", libanchor.RateLimitError),
        ("500", libanchor.InternalServerError),
        ("302", libanchor.APIStatusError),
        ("html", libanchor.APIResponseValidationError),
        ("close", libanchor.APIConnectionError),
    ],
)
def test_a_failure_raises_its_class(client: Anchorbrowser, fault: str, cls: type[libanchor.AnchorbrowserError]) -> None:
    with pytest.raises(libanchor.AnchorbrowserError, match=f"/v1/sessions/{fault}/recordings") as caught:
        client.request("GET", f"/v1/sessions/{fault}/recordings")
    assert type(caught.value) is cls


@pytest.mark.parametrize(("method", "attempts"), [("GET", 3), ("PUT", 3), ("POST", 1), ("PATCH", 1), ("DELETE", 1)])
def test_only_idempotent_methods_are_retried_after_a_failure(client: Anchorbrowser, method: str, attempts: int) -> None:
    with pytest.raises(libanchor.InternalServerError) as caught:
        client.request(method, "/v1/sessions/500/recordings", max_retries=2)
    assert caught.value.attempts == attempts


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("fault", ["429-once-ms", "400-once-retry"])
def test_every_method_is_retried_if_the_attempt_had_no_effect(
    server: Sandbox, client: Anchorbrowser, method: str, fault: str
) -> None:
    with pytest.raises(libanchor.APIStatusError) as caught:
        client.request(method, f"/v1/sessions/{fault}/nothing", max_retries=2)
    assert (caught.value.status_code, caught.value.attempts) in ((404, 2), (405, 2))
    assert len(server.requests(fault)) == 2


def test_the_timeout_of_a_request_applies(client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.APITimeoutError, match="300 ms"):
        client.with_options(timeout=30).request("GET", "/v1/sessions/stall/recordings", timeout=0.3)
