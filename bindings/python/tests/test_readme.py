"""Every snippet of README.md runs, and README.md names every call and every exception."""

from __future__ import annotations

import re
from pathlib import Path

import child
import libanchor
import pytest
import video
from conftest import StartSandbox
from paths import PROJECT
from sandbox import Sandbox

README = (PROJECT / "README.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
#: Runs before a snippet. In place of typing a secret, the snippet prints the state of the session.
LOOK = """
import os
os.chdir({folder!r})

def look():
    import json, urllib.request
    with urllib.request.urlopen(os.environ["ANCHORBROWSER_BASE_URL"] + "/sandbox/sessions/session-id") as answer:
        print(json.load(answer)["recording"])
"""


@pytest.fixture
def server(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox("--session", "session-id", "--session", "another-id")


def test_the_snippets_are_found() -> None:
    assert len(SNIPPETS) >= 8


@pytest.mark.parametrize("snippet", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_snippet_runs(server: Sandbox, tmp_path: Path, snippet: str) -> None:
    program = f"{LOOK.format(folder=str(tmp_path))}\n{snippet.replace('...  # Type', 'look()  # Type')}"
    done = child.run(program, server)
    assert (done.returncode, done.stderr) == (0, "")
    assert server.requests() != []
    if 'pause_recording("session-id"' in snippet:
        assert server.recording("session-id") == "paused"
    if ".paused(" in snippet:
        assert done.stdout.splitlines() == ["paused"]
        assert server.verbs("session-id") == ["pause", "resume"]
    if "download_recording(" in snippet:
        video.check(tmp_path / "video.mp4", 4096)


def test_every_call_is_documented() -> None:
    calls = [name for name in vars(libanchor.RecordingsResource) if not name.startswith("_")]
    assert [name for name in calls if f"| `{name}(session_id" not in README] == []


def test_every_exception_is_documented() -> None:
    errors = [name for name in libanchor.__all__ if name.endswith("Error")]
    assert [name for name in errors if f"`{name}`" not in README] == []
