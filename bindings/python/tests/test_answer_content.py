"""Answers as plain values, as programs written for the official SDK use them."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from typing import Any

import pytest
from conftest import MakeClient, StartSandbox
from fake_server import serving

TIME = "2025-06-01T10:00:00+00:00"
ITEM: dict[str, Any] = {"id": "one", "is_primary": True, "created_at": TIME, "size": "large", "new": {"a": [1, None]}}


def listed(make_client: MakeClient, body: str | None = None) -> Any:
    body = body or json.dumps({"data": {"count": 1, "items": [ITEM], "page": 2}})
    with serving(body) as server, make_client(server.url) as client:
        return client.recordings.list_recordings("demo")


def test_a_pause_and_a_resume_are_what_the_api_said(make_client: MakeClient, start_sandbox: StartSandbox) -> None:
    client = make_client(start_sandbox("--session", "demo"))
    paused = client.recordings.pause_recording("demo")
    assert paused.to_dict() == paused.model_dump() == {"data": {"data": {"status": "paused"}}}
    assert json.loads(paused.to_json()) == paused.to_dict()
    assert "\n" in paused.to_json() and "\n" not in paused.to_json(indent=None)
    resumed = client.recordings.resume_recording("demo")
    assert resumed.to_dict() == {"data": {"data": {"status": "recording"}}}


def test_what_the_api_left_out_is_missing_or_none(make_client: MakeClient, start_sandbox: StartSandbox) -> None:
    client = make_client(start_sandbox("--session-per-fault"))
    deleted = client.recordings.delete_recording("no-content", "primary")
    assert deleted.to_dict() == {"data": {}}
    assert deleted.data.model_dump() == {"status": None}


def test_a_list_has_its_values_and_everything_else_that_was_sent(make_client: MakeClient) -> None:
    answer = listed(make_client)
    time = datetime(2025, 6, 1, 10, tzinfo=timezone.utc)
    assert answer.to_dict() == {"data": {"count": 1, "items": [ITEM | {"created_at": time}], "page": 2}}
    assert answer.to_dict(mode="json") == {"data": {"count": 1, "items": [ITEM], "page": 2}}
    assert json.loads(answer.to_json()) == answer.to_dict(mode="json")
    item = answer.data.items[0].model_dump()
    # A value of another type than documented is as it was sent.
    assert (item["size"], item["duration"], item["created_at"]) == ("large", None, time)


def test_a_dump_is_a_copy(make_client: MakeClient) -> None:
    answer = listed(make_client)
    answer.to_dict()["data"]["items"].clear()
    answer.data.items[0].model_dump()["id"] = "two"
    assert answer.to_dict()["data"]["items"][0]["id"] == "one"


def test_json_has_no_infinite_numbers(make_client: MakeClient) -> None:
    answer = listed(make_client, '{"data":{"items":[{"id":"a","size":1e400,"new":{"a":[-1e400,1]}}]}}')
    assert answer.data.items[0].size == math.inf
    (item,) = json.loads(answer.to_json(), parse_constant=pytest.fail)["data"]["items"]
    assert item == {"id": "a", "new": {"a": [None, 1]}}
