"""An unusable argument is refused by name, and nothing is sent."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY, MakeClient
from libanchor import Anchorbrowser, InvalidArgumentError
from sandbox import Sandbox


@pytest.fixture(autouse=True)
def _nothing_is_sent(sandbox: Sandbox) -> Iterator[None]:
    before = len(sandbox.requests())
    yield
    assert len(sandbox.requests()) == before


def check(error: InvalidArgumentError, name: str) -> None:
    assert isinstance(error, ValueError)
    assert name in error.message
    assert "\n" not in error.message
    assert (error.status, error.attempts, error.status_code) == (1, 0, None)


CONTROLS = ["a\nb", "a\tb", "a\rb", "\x01", "a\x7f", "a\x85b", "a\x1b[0m", "trailing\n"]
#: A gateway could resolve these to another path.
SEPARATORS = ["a/b", "/", "a/../b", "a\\b", "%2e%2e", "a%2Fb", "100%"]


@pytest.mark.parametrize(
    "session", ["", ".", "..", "x" * 257, "ü" * 129, "a\0b", "\0", "a\udc80b", *CONTROLS, *SEPARATORS]
)
def test_an_unusable_session_id_is_refused(client: Anchorbrowser, session: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        client.recordings.pause_recording(session)
    check(caught.value, "session_id")


def test_a_missing_session_id_is_refused_in_the_words_of_the_official_sdk(client: Anchorbrowser) -> None:
    nothing: Any
    for nothing in ("", None):
        with pytest.raises(ValueError, match="Expected a non-empty value for `session_id` but received"):
            client.recordings.pause_recording(nothing)


@pytest.mark.parametrize("session", [b"demo", 7, 0, ["demo"]])
def test_a_session_id_of_the_wrong_type_raises_type_error(client: Anchorbrowser, session: Any) -> None:
    with pytest.raises(TypeError, match="session_id must be a str"):
        client.recordings.pause_recording(session)


BAD_KEYS = {
    "empty": "",
    "not ASCII": f"{KEY}ü",
    "newline": f"{KEY}\n",
    "carriage return": f"{KEY}\r\n",
    "blank": f"{KEY} x",
    "NUL": f"{KEY}\0",
    "surrogate": f"{KEY}\udcff",
    "too long": KEY * 200,
}


@pytest.mark.parametrize("key", BAD_KEYS.values(), ids=BAD_KEYS)
def test_an_unusable_api_key_is_refused(sandbox: Sandbox, make_client: MakeClient, key: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make_client(sandbox, api_key=key)
    check(caught.value, "api_key")
    # The exception of the encoder would hold the key.
    assert caught.value.__context__ is None


@pytest.mark.parametrize("unset", [None, ""])
def test_a_missing_api_key_is_refused(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, unset: str | None) -> None:
    if unset is not None:
        monkeypatch.setenv("ANCHORBROWSER_API_KEY", unset)
    with pytest.raises(InvalidArgumentError, match="ANCHORBROWSER_API_KEY") as caught:
        Anchorbrowser(base_url=sandbox.url)
    check(caught.value, "api_key is missing")


@pytest.mark.parametrize("ending", ["\n", "ü", "\udcff"])
def test_the_message_names_the_variable_of_an_unusable_api_key(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, ending: str
) -> None:
    monkeypatch.setenv("ANCHORBROWSER_API_KEY", KEY + ending)
    with pytest.raises(InvalidArgumentError, match=r"^ANCHORBROWSER_API_KEY ") as caught:
        Anchorbrowser(base_url=sandbox.url)
    check(caught.value, "ANCHORBROWSER_API_KEY")


BAD_URLS = [
    "",
    "api.anchorbrowser.io",
    "ftp://127.0.0.1",
    "http://",
    "http://user:sk-canary-password@127.0.0.1",
    "http://127.0.0.1?q=sk-canary-query",
    "http://127.0.0.1#sk-canary-fragment",
    "http://127.0.0.1:99999",
    "http://127.0.0.1/\n",
    "http://127.0.0.1\0",
    "http://\udc80",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_an_unusable_base_url_is_refused(make_client: MakeClient, url: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make_client(url)
    check(caught.value, "base_url")


def test_the_message_names_the_variable_of_an_unusable_base_url(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("ANCHORBROWSER_BASE_URL", "127.0.0.1:80")
    with pytest.raises(InvalidArgumentError) as caught:
        Anchorbrowser(api_key=key)
    check(caught.value, "ANCHORBROWSER_BASE_URL must begin")


#: Too many milliseconds for a uint64_t. Truncated, this would be a short timeout.
OVERFLOWING = 2**64 // 1000 + 1


@pytest.mark.parametrize(
    "seconds",
    [0, 0.0, -1, -0.5, 86400.01, OVERFLOWING, 1e300, 10**400, math.inf, -math.inf, math.nan],
    ids=range(11),
)
def test_an_unusable_timeout_is_refused(
    sandbox: Sandbox, make_client: MakeClient, client: Anchorbrowser, seconds: float
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make_client(sandbox, timeout=seconds)
    check(caught.value, "timeout must be more than 0 seconds")
    with pytest.raises(InvalidArgumentError) as caught:
        client.recordings.pause_recording("404", timeout=seconds)
    check(caught.value, "timeout must be more than 0 seconds")


def test_a_timeout_of_a_day_is_accepted(sandbox: Sandbox, make_client: MakeClient) -> None:
    make_client(sandbox, timeout=86400)


@pytest.mark.parametrize("retries", [-1, 2**32, 2**64])
def test_an_unusable_number_of_retries_is_refused(sandbox: Sandbox, make_client: MakeClient, retries: int) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make_client(sandbox, max_retries=retries)
    check(caught.value, "max_retries")


@pytest.mark.parametrize("name", ["ca_file", "client_certificate"])
def test_an_unusable_file_is_refused(sandbox: Sandbox, make_client: MakeClient, tmp_path: Path, name: str) -> None:
    empty = tmp_path / "without a certificate.pem"
    empty.write_text("no certificate\n")
    bad: list[str | Path] = [tmp_path / "missing", empty, str(empty), tmp_path, "", "a\0b", "\udc80"]
    for path in bad:
        with pytest.raises(InvalidArgumentError) as caught:
            make_client(sandbox, **{name: path})
        check(caught.value, name)


@pytest.mark.parametrize("proxy", ["127.0.0.1", "socks6://127.0.0.1", "http://", "http://p\0"])
def test_an_unusable_proxy_is_refused(sandbox: Sandbox, make_client: MakeClient, proxy: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make_client(sandbox, proxy=proxy)
    check(caught.value, "proxy")


@pytest.mark.parametrize(
    "setting",
    [
        {"api_key": b"x"},
        {"base_url": 7},
        {"timeout": "1"},
        {"max_retries": 1.5},
        {"ca_file": 7},
        {"client_certificate": 7},
        {"proxy": {}},
    ],
    ids=str,
)
def test_a_setting_of_the_wrong_type_raises_type_error(
    sandbox: Sandbox, make_client: MakeClient, setting: dict[str, Any]
) -> None:
    (name,) = setting
    with pytest.raises(TypeError, match=f"^{name} must be"):
        make_client(sandbox.url, **setting) if name != "base_url" else Anchorbrowser(api_key=KEY, **setting)


def test_settings_are_keyword_only() -> None:
    anchorbrowser: Any = Anchorbrowser
    with pytest.raises(TypeError):
        anchorbrowser(KEY)
