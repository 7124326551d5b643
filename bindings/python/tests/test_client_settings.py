"""Settings of a call, of a client and of its copies, and default headers."""

from __future__ import annotations

import ctypes
from typing import Any

import child
import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser, ClientClosedError
from sandbox import Sandbox
from test_client import is_freed


def attempts(client: Anchorbrowser, **settings: Any) -> int:
    with pytest.raises(libanchor.InternalServerError) as caught:
        client.recordings.pause_recording("500", **settings)
    return caught.value.attempts


def test_a_call_may_set_its_retries(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox, max_retries=1)
    assert attempts(client, max_retries=0) == 1
    assert attempts(client) == 2
    assert attempts(make_client(sandbox), max_retries=1) == 2


@pytest.mark.parametrize("retries", [-1, 2**32])
def test_an_unusable_number_of_retries_is_refused(sandbox: Sandbox, client: Anchorbrowser, retries: int) -> None:
    before = len(sandbox.requests())
    for use in (client.with_options, lambda **settings: client.recordings.resume_recording("404", **settings)):
        with pytest.raises(libanchor.InvalidArgumentError, match="max_retries"):
            use(max_retries=retries)
    assert len(sandbox.requests()) == before


def test_options_apply_only_to_the_copy(sandbox: Sandbox, make_client: MakeClient) -> None:
    client = make_client(sandbox)
    other = client.with_options(timeout=0.3).with_options(max_retries=1)
    assert attempts(other, timeout=10) == 2
    assert attempts(client) == 1
    with pytest.raises(libanchor.APITimeoutError, match="300 ms"):
        other.recordings.pause_recording("stall")
    with pytest.raises(libanchor.APITimeoutError, match="200 ms"):
        other.recordings.pause_recording("stall", timeout=0.2)


@pytest.mark.parametrize("options", [{"timeout": "1"}, {"max_retries": 1.5}], ids=str)
def test_an_option_of_the_wrong_type_raises_type_error(client: Anchorbrowser, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(options))):
        client.with_options(**options)


@pytest.mark.parametrize("closed", ["the client", "the copy"])
def test_closing_a_copy_closes_its_client(start_sandbox: StartSandbox, make_client: MakeClient, closed: str) -> None:
    client = make_client(start_sandbox("--session", "demo"))
    other = client.with_options(max_retries=1)
    other.recordings.pause_recording("demo")
    with client if closed == "the client" else other:
        pass
    for each in (client, other):
        assert each.is_closed()
        with pytest.raises(ClientClosedError):
            each.recordings.pause_recording("demo")


def test_the_handle_lives_as_long_as_a_client_or_a_copy(start_sandbox: StartSandbox, key: str) -> None:
    client = Anchorbrowser(api_key=key, base_url=start_sandbox("--session", "demo").url)
    handle = ctypes.c_void_p(client._handle.value)
    other = client.with_options(timeout=10)
    del client
    assert other.recordings.pause_recording("demo").http_status == 200
    del other
    assert is_freed(handle)


def test_copy_is_another_name_of_with_options(sandbox: Sandbox, make_client: MakeClient) -> None:
    assert attempts(make_client(sandbox).copy(max_retries=1)) == 2


def test_default_headers_are_sent_with_every_request(start_sandbox: StartSandbox, make_client: MakeClient) -> None:
    server = start_sandbox("--session", "demo")
    client = make_client(server, default_headers={"X-Team": "a team", "x-empty": "", "User-Agent": "mine"})
    client.recordings.pause_recording("demo")
    client.with_options(timeout=5).recordings.resume_recording("demo")
    for request in server.requests():
        headers = request["headers"]
        assert (headers["x-team"], headers["x-empty"], headers["user-agent"]) == ("a team", "", "mine")
        assert headers["anchor-api-key"] == "valid"


def test_headers_come_from_the_environment_and_the_argument(start_sandbox: StartSandbox) -> None:
    server = start_sandbox("--session", "demo")
    program = """
        import libanchor
        client = libanchor.Anchorbrowser(default_headers={"x-both": "argument"})
        client.recordings.pause_recording("demo")
    """
    lines = "X-Team: a team\nX-Both: environment"
    assert child.run(program, server, ANCHORBROWSER_CUSTOM_HEADERS=lines).returncode == 0
    headers = server.requests()[0]["headers"]
    assert (headers["x-team"], headers["x-both"]) == ("a team", "argument")


@pytest.mark.parametrize(
    "headers",
    [{"anchor-api-key": "x"}, {"Host": "x"}, {"a b": "x"}, {"": "x"}, {"x": "canary\n"}, {"x": "ü"}, {"x\0": "x"}],
    ids=str,
)
def test_an_unusable_header_is_refused(make_client: MakeClient, sandbox: Sandbox, headers: dict[str, str]) -> None:
    with pytest.raises(libanchor.InvalidArgumentError, match="header"):
        make_client(sandbox, default_headers=headers)


@pytest.mark.parametrize("headers", [{"x": 7}, {7: "x"}, {"x": b"x"}], ids=str)
def test_a_header_of_the_wrong_type_raises_type_error(make_client: MakeClient, sandbox: Sandbox, headers: Any) -> None:
    with pytest.raises(TypeError, match="default_headers must be a str"):
        make_client(sandbox, default_headers=headers)
