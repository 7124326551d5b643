"""A pause succeeds only if the answer confirms it."""

from __future__ import annotations

import libanchor
import pytest
from conftest import MakeClient
from fake_server import serving
from libanchor import Anchorbrowser
from sandbox import Sandbox


@pytest.mark.parametrize("session", ["html", "empty", "garbage", "array", "error-in-200", "gzip", "long", "deep"])
def test_an_answer_that_does_not_confirm_the_pause_raises(
    sandbox: Sandbox, client: Anchorbrowser, session: str
) -> None:
    with pytest.raises(
        libanchor.APIResponseValidationError,
        match=r"HTTP 200 was received while pausing .*; assume that it is still being recorded",
    ) as caught:
        client.recordings.pause_recording(session)
    error = caught.value
    assert isinstance(error, libanchor.APIError)
    assert (error.status, error.status_code, error.attempts) == (8, 200, 1)
    assert sandbox.recording(session) == "recording"


@pytest.mark.parametrize("session", ["truncated", "truncated-chunk", "close", "reset"])
def test_a_lost_connection_raises(client: Anchorbrowser, session: str) -> None:
    with pytest.raises(
        libanchor.APIConnectionError,
        match=r"; assume that it is still being recorded, and pause again; if you give up, resume: it may be paused$",
    ) as caught:
        client.recordings.pause_recording(session)
    assert type(caught.value) is libanchor.APIConnectionError
    assert (caught.value.status, caught.value.status_code, caught.value.attempts) == (5, None, 1)


def test_an_error_page_of_a_proxy_has_no_body(client: Anchorbrowser) -> None:
    with pytest.raises(libanchor.InternalServerError) as caught:
        client.recordings.pause_recording("502-page")
    assert (caught.value.status_code, caught.value.body) == (502, None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"data":{"data":{"status":"paused","since":[1,{}]},"more":null},"new":1}', "paused"),
        ('{"data":{"status":"paused","new":{"data":5}}}', "paused"),
        ('{"data":{"status":"paused","data":null}}', "paused"),
        ('{"data":{"status":"paused","data":{"status":7}}}', "paused"),
        ('{"data":{"status":"success","data":{"status":"paused"}}}', "paused"),
        ('{"data":{"status":"paused","data":{"data":{"status":"other"}}}}', "paused"),
    ],
    ids=["more fields", "nested once", "null within", "a number within", "innermost", "nested thrice"],
)
def test_unknown_fields_are_ignored(make_client: MakeClient, body: str, status: str) -> None:
    with serving(body) as server:
        answer = make_client(server.url).recordings.pause_recording("demo")
    assert answer.data.data.status == status
    assert (answer.http_status, answer.request_id) == (200, None)
