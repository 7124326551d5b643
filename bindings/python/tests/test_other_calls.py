"""Resuming, listing and deleting work and send the documented requests."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import MakeClient, StartSandbox
from fake_server import serving
from libanchor import APIResponseValidationError, APIStatusError, InvalidArgumentError, NotFoundError, SuccessResponse

NESTINGS = pytest.mark.parametrize("nesting", [[], ["--single"]], ids=["nested twice", "nested once"])


def check_request(request: dict[str, Any], method: str) -> None:
    assert request["method"] == method
    assert (request["query"] or "", request["body_bytes"]) == ("", 0)
    assert request["headers"]["anchor-api-key"] == "valid"


@NESTINGS
def test_a_recording_resumes(start_sandbox: StartSandbox, make_client: MakeClient, nesting: list[str]) -> None:
    server = start_sandbox("--session", "demo", *nesting)
    recordings = make_client(server).recordings
    recordings.pause_recording("demo")
    assert server.recording("demo") == "paused"
    for _ in range(2):
        answer = recordings.resume_recording("demo")
        assert answer.status == answer.data.data.status == "recording"
        assert (answer.http_status, answer.attempts) == (200, 1)
        assert answer.request_id
        assert server.recording("demo") == "recording"
    assert server.verbs("demo") == ["pause", "resume", "resume"]
    check_request(server.requests()[-1], "POST")


def test_the_recordings_are_listed(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    answer = make_client(server).recordings.list_recordings("demo")
    (item,) = answer.data.items
    assert list(answer) == [item]
    assert (answer.data.count, answer.http_status, answer.attempts) == (1, 200, 1)
    assert answer.request_id
    assert item.id == "demo-primary"
    assert item.is_primary is True
    assert item.file_link == f"{server.url}/v1/sessions/demo/recordings/primary/fetch"
    assert (item.suggested_file_name, item.duration, item.size) == ("demo.mp4", "00:00:12", 4096)
    assert item.created_at == datetime(2025, 1, 1, tzinfo=timezone.utc)
    # The type of the official SDK does not have this field.
    assert item.raw["status"] == "recording"
    (request,) = server.requests()
    check_request(request, "GET")
    assert request["path"] == "/v1/sessions/demo/recordings"


@NESTINGS
@pytest.mark.parametrize("recording", ["demo-primary", "primary"])
def test_a_recording_is_deleted(
    start_sandbox: StartSandbox, make_client: MakeClient, nesting: list[str], recording: str
) -> None:
    server = start_sandbox("--session", "demo", *nesting)
    recordings = make_client(server).recordings
    answer = recordings.delete_recording("demo", recording)
    assert answer.status == answer.data.status == "deleted"
    assert isinstance(answer, SuccessResponse)
    assert (answer.http_status, answer.attempts) == (200, 1)
    assert answer.request_id
    listed = recordings.list_recordings("demo")
    assert (listed.data.count, listed.data.items, list(listed)) == (0, [], [])
    # As with the official SDK, a response is true, even if it has no recordings.
    assert listed
    request = server.requests()[0]
    check_request(request, "DELETE")
    assert request["path"] == f"/v1/sessions/demo/recordings/{recording}"


@pytest.mark.parametrize("id_", ["demo", "a b ü", "...", "a?b#c", "a:b@c;d=e,f", "x" * 256, "日本"])
def test_ids_are_one_path_segment(start_sandbox: StartSandbox, make_client: MakeClient, id_: str) -> None:
    server = start_sandbox("--session", id_)
    recordings = make_client(server).recordings
    recordings.resume_recording(id_)
    recordings.list_recordings(id_)
    with pytest.raises(NotFoundError):
        recordings.delete_recording(session_id=id_, recording_id=id_)
    requests = server.requests()
    assert [request["session"] for request in requests] == [id_] * 3
    assert [request["path"].count("/") for request in requests] == [5, 4, 5]
    assert unquote(server.verbs(id_)[-1]) == id_


LISTS = [
    ('{"data":{"data":{"count":1,"items":[{"id":"a"}]}}}', 1, ["a"]),
    ('{"data":{"count":2,"items":[{"id":"a","data":1},{"id":7},null,"x"],"next":"?"}}', 2, ["a", None]),
    ('{"data":{"count":true,"items":[]}}', None, []),
    ('{"data":{"count":"1","items":[]}}', None, []),
    ('{"data":{"count":1,"items":[{"id":"a"}],"data":null}}', 1, ["a"]),
    ('{"data":{"count":1,"items":[{"id":"a"}],"data":{"items":{}}}}', 1, ["a"]),
    ('{"data":{"items":null,"data":{"count":1,"items":[{"id":"a"}],"data":{}}}}', 1, ["a"]),
]
#: A missing list is not an empty list.
NO_LISTS = ["{}", '{"data":null}', '{"data":[]}', '{"data":{"items":{}}}', '{"data":{"count":1,"items":null}}']


@pytest.mark.parametrize(("body", "count", "ids"), LISTS, ids=[row[0] for row in LISTS])
def test_unknown_and_missing_fields_are_tolerated(
    make_client: MakeClient, body: str, count: int | None, ids: list[str | None]
) -> None:
    with serving(body) as server:
        data = make_client(server.url).recordings.list_recordings("demo").data
    assert (data.count, [item.id for item in data.items]) == (count, ids)


@pytest.mark.parametrize("body", NO_LISTS)
def test_an_answer_without_a_list_raises(make_client: MakeClient, body: str) -> None:
    with serving(body) as server, pytest.raises(APIResponseValidationError, match="no list of recordings") as caught:
        make_client(server.url).recordings.list_recordings("demo")
    assert caught.value.body == json.loads(body)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ('"2025-01-01T00:00:00.250Z"', datetime(2025, 1, 1, 0, 0, 0, 250000, tzinfo=timezone.utc)),
        ('"2025-01-01T02:00:00+02:00"', datetime(2025, 1, 1, tzinfo=timezone.utc)),
        ('"2025-01-01T00:00:00"', None),
        ('"yesterday"', None),
        ('""', None),
        ("1735689600", None),
        ("null", None),
    ],
)
def test_times_are_parsed(make_client: MakeClient, sent: str, expected: datetime | None) -> None:
    with serving(f'{{"data":{{"count":1,"items":[{{"created_at":{sent}}}]}}}}') as server:
        (item,) = make_client(server.url).recordings.list_recordings("demo").data.items
    assert item.created_at == expected
    assert "created_at" in item.raw


@pytest.mark.parametrize(("sent", "expected"), [("4096", 4096), ("0.5", 0.5), ("true", None), ('"4096"', None)])
def test_sizes_are_numbers(make_client: MakeClient, sent: str, expected: float | None) -> None:
    with serving(f'{{"data":{{"items":[{{"size":{sent}}}]}}}}') as server:
        (item,) = make_client(server.url).recordings.list_recordings("demo").data.items
    assert item.size == expected
    assert type(item.size) is type(expected)


@pytest.mark.parametrize("wrong", ["", ".", "..", "x" * 257, "a\0b", "a\nb", "a/b", "a\\b", "a%2fb", "100%"])
def test_an_unusable_id_is_refused(
    start_sandbox: StartSandbox, make_client: MakeClient, tmp_path: Path, wrong: str
) -> None:
    server = start_sandbox("--session", "demo")
    recordings = make_client(server).recordings
    calls: list[Any] = [recordings.resume_recording, recordings.list_recordings, recordings.fetch_primary_recording]
    for call in (*calls, lambda session: recordings.download_recording(session, tmp_path / "video.mp4")):
        with pytest.raises(InvalidArgumentError, match="session_id"):
            call(wrong)
    with pytest.raises(InvalidArgumentError, match="session_id"):
        recordings.delete_recording(wrong, "primary")
    with pytest.raises(InvalidArgumentError, match="recording_id"):
        recordings.delete_recording("demo", wrong)
    with pytest.raises(InvalidArgumentError, match="session_id"), recordings.paused(wrong):
        raise AssertionError("the block ran")
    assert server.requests() == []


@pytest.mark.parametrize(
    ("fault", "seconds"), [("429", 1.0), ("429-long", 3600.0), ("429-once-ms", 0.3), ("400", None)]
)
def test_an_error_has_the_time_to_wait_before_a_retry(
    start_sandbox: StartSandbox, make_client: MakeClient, fault: str, seconds: float | None
) -> None:
    server = start_sandbox("--session-per-fault")
    with pytest.raises(APIStatusError, match=fault[:3]) as caught:
        make_client(server).recordings.list_recordings(fault)
    assert caught.value.retry_after == seconds
