"""How a client is closed, freed, copied and shown."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import pickle
import re
from typing import Any

import pytest
from conftest import MakeClient
from libanchor import Anchorbrowser, AnchorbrowserError, AsyncAnchorbrowser, ClientClosedError
from libanchor._native import library
from paths import REPOSITORY
from sandbox import Sandbox

INVALID_HANDLE = 2


def is_freed(handle: ctypes.c_void_p) -> bool:
    """Whether the library has freed the handle. If not, this call frees it."""
    return bool(library.load().anchor_free(handle) == INVALID_HANDLE)


def test_a_closed_client_sends_nothing(sandbox: Sandbox, client: Anchorbrowser) -> None:
    recordings = client.recordings
    client.close()
    client.close()
    before = len(sandbox.requests())
    with pytest.raises(ClientClosedError, match="client is closed") as caught:
        recordings.pause_recording("404")
    assert isinstance(caught.value, RuntimeError)
    assert (caught.value.status, caught.value.attempts) == (2, 0)
    assert len(sandbox.requests()) == before


def test_a_with_block_closes_its_client(sandbox: Sandbox, make_client: MakeClient) -> None:
    with pytest.raises(KeyError), make_client(sandbox) as client:
        assert not client.is_closed()
        raise KeyError
    assert client.is_closed()
    assert is_freed(client._handle)


def test_a_garbage_collected_client_is_freed(sandbox: Sandbox, key: str) -> None:
    client = Anchorbrowser(api_key=key, base_url=sandbox.url)
    # A copy of the handle: the original is freed with the client.
    handle = ctypes.c_void_p(client._handle.value)
    del client
    assert is_freed(handle)


def test_a_resource_keeps_its_client_alive(sandbox: Sandbox, key: str) -> None:
    recordings = Anchorbrowser(api_key=key, base_url=sandbox.url).recordings
    with pytest.raises(AnchorbrowserError, match="404"):
        recordings.pause_recording("404")


def test_a_client_does_not_show_its_key(client: Anchorbrowser, key: str, shown: list[str]) -> None:
    shown.extend((repr(client), str(client), repr(vars(client)), repr(client.recordings)))
    assert repr(client) == "<libanchor.Anchorbrowser, open>"
    client.close()
    assert repr(client) == "<libanchor.Anchorbrowser, closed>"
    assert key not in repr(vars(client))


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_cannot_be_pickled_or_copied(client: Anchorbrowser, duplicate: Any) -> None:
    with pytest.raises(TypeError, match="make one in each process"):
        duplicate(client)


@pytest.mark.parametrize("session", ["no-such-session", "no-content", "stall", "a\nb", "html"])
def test_a_call_frees_everything_that_the_library_gave_it(
    client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch, session: str
) -> None:
    abi = client._abi
    given: list[int] = []
    freed: list[int] = []

    def address(pointer: Any) -> int | None:
        return ctypes.cast(pointer, ctypes.c_void_p).value

    def spy_on(name: str) -> None:
        original = getattr(abi, name)

        def spying(*arguments: Any) -> Any:
            status = original(*arguments)
            if (out := address(arguments[-1]._obj)) is not None:
                given.append(out)
            return status

        monkeypatch.setattr(abi, name, spying)

    def free(pointer: Any) -> Any:
        if (freeing := address(pointer)) is not None:
            freed.append(freeing)
        return original_free(pointer)

    original_free = abi.anchor_free
    monkeypatch.setattr(abi, "anchor_free", free)
    for name in ("anchor_call_new", "anchor_pause_recording", "anchor_call_request_id", "anchor_call_result"):
        spy_on(name)
    with contextlib.suppress(AnchorbrowserError):
        client.recordings.pause_recording(session, timeout=0.3 if session == "stall" else None)
    # At least the call object, and the message of a failure or the body of a success.
    assert len(given) >= 2
    assert sorted(freed) == sorted(given)


def test_a_client_shows_its_settings(sandbox: Sandbox, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Anchorbrowser(api_key=key, base_url=sandbox.url, timeout=1.5, max_retries=7)
    assert (client.base_url, client.timeout, client.max_retries) == (sandbox.url, 1.5, 7)
    other = client.with_options(timeout=3)
    assert (other.base_url, other.timeout, other.max_retries) == (sandbox.url, 3, 7)
    assert client.with_options(max_retries=0).max_retries == 0
    monkeypatch.setenv("ANCHORBROWSER_BASE_URL", "http://127.0.0.1:9")
    assert Anchorbrowser(api_key=key).base_url == "http://127.0.0.1:9"
    monkeypatch.delenv("ANCHORBROWSER_BASE_URL")
    default = Anchorbrowser(api_key=key)
    # As the library documents them.
    header = (REPOSITORY / "include/anchor.h").read_text(encoding="utf-8")
    assert default.base_url in header
    assert f"The default is {int(1000 * default.timeout)}." in header
    assert f"The default is {default.max_retries}." in header


def test_a_client_whose_creation_failed_can_be_shown(key: str) -> None:
    client = object.__new__(Anchorbrowser)
    with pytest.raises(AnchorbrowserError):
        client.__init__(api_key=key, base_url="nonsense")  # type: ignore[misc]
    assert repr(client) == "<libanchor.Anchorbrowser, not created>"


@pytest.mark.parametrize("cls", [Anchorbrowser, AsyncAnchorbrowser])
def test_an_error_about_arguments_names_the_class(cls: Any) -> None:
    name = re.escape(f"{cls.__name__}.__init__()")
    with pytest.raises(TypeError, match=f"^{name} takes 1 positional argument but 2 were given"):
        cls("key")
    with pytest.raises(TypeError, match=f"^{name} got an unexpected keyword argument 'apikey'"):
        cls(apikey="key")


def test_a_resource_shows_its_client(client: Anchorbrowser) -> None:
    assert repr(client.recordings) == "<libanchor.RecordingsResource of <libanchor.Anchorbrowser, open>>"
