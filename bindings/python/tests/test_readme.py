"""What README.md shows works as shown, and it names every exception."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import libanchor
import pytest
from conftest import StartSandbox
from sandbox import DEADLINE_SECONDS, Sandbox

README = (Path(__file__).parents[1] / "README.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "session-id", "--session", "another-id")


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) >= 5


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_snippet_runs(server: Sandbox, key: str, snippet: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(libanchor.__file__).parents[1]),
        "ANCHORBROWSER_API_KEY": key,
        "ANCHORBROWSER_BASE_URL": server.url,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", snippet],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert server.verbs("session-id")[0] == "pause"
    assert server.recording("session-id") == ("recording" if ".paused(" in snippet else "paused")


def test_every_exception_is_named() -> None:
    errors = [name for name in libanchor.__all__ if name.endswith("Error")]
    assert [name for name in errors if f"`{name}`" not in README] == []
