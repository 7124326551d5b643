"""`pause_recording` sends the documented request, and the recording pauses."""

from __future__ import annotations

import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser


@pytest.mark.parametrize("nesting", [[], ["--single"]], ids=["nested twice", "nested once"])
def test_a_recording_pauses(start_sandbox: StartSandbox, make_client: MakeClient, nesting: list[str]) -> None:
    server = start_sandbox("--session", "demo", *nesting)
    answer = make_client(server).recordings.pause_recording("demo")
    assert answer.status == answer.data.data.status == "paused"
    assert (answer.http_status, answer.attempts) == (200, 1)
    assert answer.request_id
    assert server.recording("demo") == "paused"


def test_pausing_twice_succeeds(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    client = make_client(start_sandbox("--session", "demo"))
    for _ in range(2):
        assert client.recordings.pause_recording("demo").data.data.status == "paused"


def test_an_answer_without_a_body_confirms_nothing(client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.APIResponseValidationError, match="HTTP 204 was received while pausing") as caught:
        client.recordings.pause_recording("no-content")
    assert (caught.value.status_code, caught.value.body, caught.value.attempts) == (204, None, 1)


@pytest.mark.parametrize("session", ["demo", "a b ü", "...", "a?b#c", "a:b@c;d=e,f", "x" * 256, "日本"])
def test_the_request_is_the_documented_one(start_sandbox: StartSandbox, make_client: MakeClient, session: str) -> None:
    server = start_sandbox("--session", session)
    make_client(server).recordings.pause_recording(session)
    (request,) = server.requests()
    assert request["session"] == session
    assert request["method"] == "POST"
    prefix, suffix = "/v1/sessions/", "/recordings/pause"
    assert request["path"].startswith(prefix)
    assert request["path"].endswith(suffix)
    assert "/" not in request["path"].removeprefix(prefix).removesuffix(suffix)
    assert (request["query"] or "", request["body_bytes"]) == ("", 0)
    headers = request["headers"]
    assert headers["content-length"] == "0"
    assert headers["anchor-api-key"] == "valid"
    assert headers["user-agent"] == f"libanchor/{libanchor.library_version()} python"
    assert headers["x-anchor-sdk"] == f"libanchor-python/{libanchor.library_version()}"


def test_key_and_base_url_come_from_the_environment(
    start_sandbox: StartSandbox, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_sandbox("--session", "demo")
    monkeypatch.setenv("ANCHORBROWSER_API_KEY", key)
    monkeypatch.setenv("ANCHORBROWSER_BASE_URL", server.url)
    with Anchorbrowser() as client:
        client.recordings.pause_recording("demo")
    assert server.recording("demo") == "paused"


def test_arguments_come_before_the_environment(
    start_sandbox: StartSandbox, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCHORBROWSER_API_KEY", "another-key")
    monkeypatch.setenv("ANCHORBROWSER_BASE_URL", "http://127.0.0.1:1")
    server = start_sandbox("--session", "demo")
    make_client(server).recordings.pause_recording("demo")
    assert server.recording("demo") == "paused"


def test_a_failure_prints_nothing(client: Anchorbrowser, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(libanchor.NotFoundError):
        client.recordings.pause_recording("404")
    assert capfd.readouterr() == ("", "")
