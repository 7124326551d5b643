"""JSON beyond the limits of Python's json module: no limit changes what an answer says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import libanchor
import pytest
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from fake_server import serving
from libanchor import AnchorbrowserError
from libanchor._outcome import Outcome

#: More digits than int() and str() accept by default.
LONG = "9" * 5000
#: Deeper than any version of Python parses.
DEEP = "[" * 200_000 + "]" * 200_000
DEEP_PAUSED = f'{{"data":{{"status":"paused","deep":{DEEP}}}}}'
DEEP_LIST = f'{{"data":{{"count":1,"items":[{{"id":"a","deep":{DEEP}}}]}}}}'


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("null", None),
        (LONG, float("inf")),
        (f"[-{LONG},7]", [float("-inf"), 7]),
        (
            f'{{"a":{LONG},"b":{{"c":12345678901234567890123}}}}',
            {"a": float("inf"), "b": {"c": 12345678901234567890123}},
        ),
        ('"\\ud83d"', "\ud83d"),
        ("1e400", float("inf")),
        ("-1e-9999", 0.0),
        ('{"a":1,"a":2}', {"a": 2}),
        (' [ 1 , "\\u0000" ] ', [1, "\0"]),
    ],
    ids=["null", "long", "long and negative", "long within", "lone surrogate", "big", "small", "twice", "blanks"],
)
def test_an_answer_may_be_any_json_value(make_client: MakeClient, body: str, value: object) -> None:
    with serving(body) as server:
        given = make_client(server.url).request("POST", "/v1/x")
    assert (type(given), given) == (type(value), value)


def test_a_list_may_hold_long_integers(make_client: MakeClient) -> None:
    with serving(f'{{"data":{{"count":{LONG},"items":[{{"id":"a","size":{LONG}}}]}}}}') as server:
        data = make_client(server.url).recordings.list_recordings("demo").data
    (item,) = data.items
    assert (data.count, item.id, item.size) == (None, "a", float("inf"))


def test_the_limit_of_the_program_applies(make_client: MakeClient) -> None:
    if not hasattr(sys, "set_int_max_str_digits"):
        pytest.skip("this Python has no limit")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with serving(f"[{'1' * 700}, {'1' * 600}]") as server:
            given = make_client(server.url).request("GET", "/v1/x")
        assert given == [float("inf"), int("1" * 600)]
    finally:
        sys.set_int_max_str_digits(before)


def check_too_deep(error: AnchorbrowserError, operation: str) -> None:
    assert type(error) is libanchor.APIResponseValidationError
    assert (error.status, error.status_code, error.attempts, error.body) == (8, 200, 1, None)
    assert error.message == (
        f"{operation} succeeded with HTTP 200, but its answer is nested too deeply for Python's json module"
    )


def test_a_list_that_is_nested_too_deeply_raises(make_client: MakeClient) -> None:
    with serving(DEEP_LIST) as server, pytest.raises(AnchorbrowserError) as caught:
        make_client(server.url).recordings.list_recordings("demo")
    check_too_deep(caught.value, "listing the recordings")


def test_an_answer_that_is_nested_too_deeply_raises(make_client: MakeClient) -> None:
    with serving(DEEP) as server, pytest.raises(AnchorbrowserError) as caught:
        make_client(server.url).request("POST", "/v1/sessions", body={})
    check_too_deep(caught.value, "sending POST")
    assert len(server.paths) == 1


def test_the_asyncio_client_has_the_same_limits(make_async_client: MakeAsyncClient, run: Run) -> None:
    async def main() -> None:
        with serving(DEEP_LIST) as server:
            client = make_async_client(server.url)
            with pytest.raises(AnchorbrowserError) as caught:
                await client.recordings.list_recordings("demo")
            check_too_deep(caught.value, "listing the recordings")
            with pytest.raises(AnchorbrowserError) as caught:
                await client.request("GET", "/v1/x")
            check_too_deep(caught.value, "sending GET")
        with serving(LONG) as server:
            assert await make_async_client(server.url).request("GET", "/v1/x") == float("inf")

    run(main())


def test_a_pause_succeeds_if_its_answer_is_nested_too_deeply(make_client: MakeClient) -> None:
    """The library has judged the answer, so Python does not need to parse it."""
    with serving(DEEP_PAUSED.replace('"paused"', '"done"')) as server:
        recordings = make_client(server.url).recordings
        answer = recordings.pause_recording("demo")
        assert (answer.data.data.status, answer.status, answer.http_status) == (None, "paused", 200)
        assert recordings.resume_recording("demo").status == "recording"


def test_a_deep_answer_without_a_list_is_refused(make_client: MakeClient) -> None:
    """The library refuses it, before Python parses it."""
    body = f'{{"data":{{"deep":{DEEP}}}}}'
    with serving(body) as server, pytest.raises(libanchor.APIResponseValidationError, match="no list"):
        make_client(server.url).recordings.list_recordings("demo")


def test_an_error_that_is_nested_too_deeply_has_no_body(make_client: MakeClient) -> None:
    with serving(f'{{"error":{DEEP}}}') as server, pytest.raises(libanchor.APIResponseValidationError) as caught:
        make_client(server.url).request("GET", "/v1/x")
    assert caught.value.body is None
    assert "contains an error" in caught.value.message


BODIES: list[object] = [
    "\ud83d",
    {"\ud83d": ["\udfff"]},
    10**4000,
    10**5000,
    -(10**5000),
    [1, True, None, 1.5, (2,), {}, {"a": 10**5000, 3: 10**5000, 10**5000: 1, True: 2, None: 3, 2.5: 4}],
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_may_be_any_json_value(make_client: MakeClient, body: object) -> None:
    with serving() as server:
        make_client(server.url).request("POST", "/v1/sessions", body=body)
    assert server.bodies == [without_limit(json.dumps, body).encode()]


def without_limit(function: Callable[[object], str], value: object) -> str:
    if not hasattr(sys, "set_int_max_str_digits"):
        return function(value)
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return function(value)
    finally:
        sys.set_int_max_str_digits(before)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


ITSELF: list[Any] = [10**5000]
ITSELF.append(ITSELF)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (float("nan"), "Out of range float values are not JSON compliant"),
        ({"a": [float("inf")]}, "Out of range float values are not JSON compliant"),
        ([10**5000, float("-inf")], "Out of range float values are not JSON compliant"),
        ({float("nan"): 1}, "Out of range float values are not JSON compliant"),
        (ITSELF, "nested too deeply|Circular reference"),
        (nested(100_000), "body is nested too deeply for Python"),
    ],
    ids=["NaN", "infinite", "next to a long integer", "key", "circular", "deep"],
)
def test_a_body_that_json_cannot_represent_is_refused(
    start_sandbox: StartSandbox, make_client: MakeClient, body: object, message: str
) -> None:
    server = start_sandbox("--session", "demo")
    with pytest.raises(libanchor.InvalidArgumentError, match=message) as caught:
        make_client(server).request("POST", "/v1/sessions", body=body)
    assert caught.value.message.startswith("body ")
    assert (caught.value.status, caught.value.attempts) == (1, 0)
    assert server.requests() == []


def test_a_value_that_json_does_not_accept_raises_type_error(make_client: MakeClient) -> None:
    for body in ({(1,): 2}, [10**5000, {(1,): 2}], [10**5000, object()]):
        with pytest.raises(TypeError):
            make_client("http://127.0.0.1:1").request("POST", "/v1/sessions", body=body)


def test_levels_are_the_objects_nested_in_data() -> None:
    def levels(body: object) -> list[dict[str, Any]]:
        return Outcome(200, 1, None, None, body, 0).levels()

    assert levels(None) == levels([{"data": 1}]) == []
    assert levels({"data": [1]}) == [{"data": [1]}]
    inner = {"data": {"data": 1}}
    assert levels({"data": {"data": inner}}) == [{"data": {"data": inner}}, {"data": inner}, inner]
