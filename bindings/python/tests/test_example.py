"""The program examples/pause.py works."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import KEY, StartSandbox
from paths import EXAMPLE, SOURCES
from sandbox import DEADLINE_SECONDS, Sandbox


def run(sandbox: Sandbox, *arguments: str, key: str = KEY) -> tuple[int, str, str]:
    environment = {
        **os.environ,
        "PYTHONPATH": SOURCES,
        "ANCHORBROWSER_API_KEY": key,
        "ANCHORBROWSER_BASE_URL": sandbox.url,
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert "canary" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_example_pauses(start_sandbox: StartSandbox) -> None:
    server = start_sandbox("--session", "demo")
    assert run(server, "demo") == (0, "paused demo\n", "")
    assert server.recording("demo") == "paused"


@pytest.mark.parametrize(
    ("session", "key", "message"),
    [
        ("404", KEY, '404 the session was not found while pausing session "404" (the API says: Session not found.); '),
        ("404", "", "ANCHORBROWSER_API_KEY"),
        ("", KEY, "session_id"),
    ],
)
def test_the_example_prints_why_it_failed(sandbox: Sandbox, session: str, key: str, message: str) -> None:
    code, out, err = run(sandbox, session, key=key)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert message in err


@pytest.mark.parametrize("arguments", [[], ["a", "b"]], ids=["none", "two"])
def test_the_example_prints_its_usage(sandbox: Sandbox, arguments: list[str]) -> None:
    assert run(sandbox, *arguments) == (2, "", "usage: python pause.py SESSION_ID\n")


def test_the_example_is_short() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 25
