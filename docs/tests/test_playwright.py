"""The recipe for Playwright, with a stand-in for its page: the password is typed while the recording is paused."""

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
    """What the recipe needs of Playwright's page; it notes what the API had been asked for by then."""

    def __init__(self, server: Sandbox, missing: str = "") -> None:
        self._server = server
        self._missing = missing
        self.done: list[tuple[str, list[str]]] = []

    def fill(self, selector: str, value: str) -> None:
        self._note(f"fill {selector} {value}", selector)

    def click(self, selector: str) -> None:
        self._note(f"click {selector}", selector)

    def wait_for_selector(self, selector: str, *, state: str) -> None:
        self._note(f"wait {selector} {state}", selector)

    def _note(self, what: str, selector: str) -> None:
        if selector == self._missing:
            raise TimeoutError(f"no {selector}")
        self.done.append((what, self._server.asked("session-id")))


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "bindings/python/src"))
    monkeypatch.setenv("ANCHOR_LIBRARY", str(programs.LIBRARY))
    standing_in = types.ModuleType("playwright.sync_api")
    vars(standing_in).update(Page=Page, sync_playwright=None)
    monkeypatch.setitem(sys.modules, "playwright", types.ModuleType("playwright"))
    monkeypatch.setitem(sys.modules, "playwright.sync_api", standing_in)
    spec = importlib.util.spec_from_file_location("playwright_login", SNIPPET)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_password_is_typed_while_the_recording_is_paused(recipe: Any, tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server, client(recipe, server) as made:
        page = Page(server)
        recipe.log_in(made, "session-id", page, "me", "secret")
        assert page.done == [
            ("fill #user me", []),
            ("fill #password secret", ["pause"]),
            ("click #log-in", ["pause"]),
            ("wait #password detached", ["pause"]),
        ]
        assert server.asked("session-id") == ["pause", "resume"]


def test_the_password_is_not_typed_when_pausing_fails(recipe: Any, tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log") as server, client(recipe, server) as made:
        page = Page(server)
        with pytest.raises(Exception, match=r"^404 "):
            recipe.log_in(made, "session-id", page, "me", "secret")
        assert [what for what, _asked in page.done] == ["fill #user me"]


def test_the_recording_is_resumed_when_a_selector_is_not_found(recipe: Any, tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server, client(recipe, server) as made:
        with pytest.raises(TimeoutError):
            recipe.log_in(made, "session-id", Page(server, missing="#log-in"), "me", "secret")
        assert server.asked("session-id") == ["pause", "resume"]


def client(recipe: Any, server: Sandbox) -> Any:
    return recipe.Anchorbrowser(api_key=KEY, base_url=server.url)
