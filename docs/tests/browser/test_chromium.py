"""The recipe for Playwright in a real browser."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import urllib.request
from typing import TYPE_CHECKING

import programs
import pytest
from repository import SNIPPETS
from sandbox import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORM = """<!doctype html><title>Log in</title>
<input id=user><input id=password type=password><button id=log-in onclick="
    document.title = user.value + ' ' + password.value; password.remove()">Log in</button>"""


@pytest.mark.parametrize(("session", "typed"), [("session-id", True), ("gone", False)])
def test_the_recipe_logs_in_only_if_the_recording_is_paused(session: str, typed: bool, tmp_path: Path) -> None:
    with (
        sandbox(tmp_path / "requests.log", "--session", "session-id") as server,
        chromium(tmp_path) as address,
    ):
        done = subprocess.run(
            [*programs.command(SNIPPETS / "python/playwright_login.py"), address, session],
            env=programs.environment(**server.environment(), LOGIN_PASSWORD="secret"),
            capture_output=True,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        assert (done.returncode == 0) is typed, done.stderr
        assert ("me@example.com secret" in _titles(address)) is typed
        assert server.asked("session-id") == (["pause", "resume"] if typed else [])


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[str]:
    """Runs a browser that shows the form, and yields the address to control it."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: install it"
    page = folder / "form.html"
    page.write_text(FORM, encoding="utf-8")
    # Chromium's own sandbox does not work as root.
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
    command = [program, *options, f"--user-data-dir={folder / 'profile'}", page.as_uri()]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as browser:
        try:
            yield _address(browser)
        finally:
            browser.terminate()


def _titles(address: str) -> str:
    url = re.sub(r"^ws(://[^/]+)/.*$", r"http\1/json/list", address)
    with urllib.request.urlopen(url, timeout=programs.DEADLINE_SECONDS) as answer:
        pages: list[dict[str, str]] = json.load(answer)
    return " ".join(page["title"] for page in pages)


def _address(browser: subprocess.Popen[str]) -> str:
    assert browser.stderr is not None
    for line in browser.stderr:
        if line.startswith("DevTools listening on "):
            return line.removeprefix("DevTools listening on ").strip()
    raise AssertionError("chromium printed no address")
