"""The recipe for Playwright types the password only while the recording is paused."""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import TYPE_CHECKING, Any

import programs
import pytest
from repository import ROOT, SNIPPETS
from sandbox import KEY, Sandbox, sandbox

if TYPE_CHECKING:
    from pathlib import Path

SNIPPET = SNIPPETS / "python/playwright_login.py"


class Page:
    """A stand-in for Playwright's page, which records the requests sent before each action."""

    def __init__(self, server: Sandbox, missing: str = "") -> None:
        self._server = server
        self._missing = missing
        self.done: list[tuple[str, list[str]]] = []

    def fill(self, selector: str, value: str) -> None:
        self._record(f"fill {selector} {value}", selector)

    def click(self, selector: str) -> None:
        self._record(f"click {selector}", selector)

    def wait_for_selector(self, selector: str, *, state: str) -> None:
        self._record(f"wait {selector} {state}", selector)

    def _record(self, action: str, selector: str) -> None:
        if selector == self._missing:
            raise TimeoutError(f"no {selector}")
        self.done.append((action, self._server.asked("session-id")))


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "bindings/python/src"))
    monkeypatch.setenv("ANCHOR_LIBRARY", str(programs.LIBRARY))
    stand_in = types.ModuleType("playwright.sync_api")
    vars(stand_in).update(Page=Page, sync_playwright=None)
    monkeypatch.setitem(sys.modules, "playwright", types.ModuleType("playwright"))
    monkeypatch.setitem(sys.modules, "playwright.sync_api", stand_in)
    spec = importlib.util.spec_from_file_location("playwright_login", SNIPPET)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_password_is_typed_while_the_recording_is_paused(recipe: Any, tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server, new_client(recipe, server) as client:
        page = Page(server)
        recipe.log_in(client, "session-id", page, "me", "secret")
        assert page.done == [
            ("fill #user me", []),
            ("fill #password secret", ["pause"]),
            ("click #log-in", ["pause"]),
            ("wait #password detached", ["pause"]),
        ]
        assert server.asked("session-id") == ["pause", "resume"]


def test_the_password_is_not_typed_when_pausing_fails(recipe: Any, tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log") as server, new_client(recipe, server) as client:
        page = Page(server)
        with pytest.raises(Exception, match=r"^404 "):
            recipe.log_in(client, "session-id", page, "me", "secret")
        assert [action for action, _asked in page.done] == ["fill #user me"]


def test_the_recording_is_resumed_when_a_selector_is_not_found(recipe: Any, tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server, new_client(recipe, server) as client:
        with pytest.raises(TimeoutError):
            recipe.log_in(client, "session-id", Page(server, missing="#log-in"), "me", "secret")
        assert server.asked("session-id") == ["pause", "resume"]


def new_client(recipe: Any, server: Sandbox) -> Any:
    return recipe.Anchorbrowser(api_key=KEY, base_url=server.url)
