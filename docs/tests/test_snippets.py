"""Every snippet is built without a warning and does against a sandbox what its page says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import programs
import pytest
from repository import SNIPPETS
from sandbox import sandbox

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A run of a snippet, and what has to come of it."""

    snippet: str
    #: What the API was asked for in the session "session-id".
    asked: tuple[str, ...]
    #: How the sandbox fails in that session.
    fault: str = ""
    #: A pattern that the output has, and the exit code.
    says: str = ""
    code: int = 0


RUNS = [
    Run("c/pause.c", ("pause",)),
    Run("c/pause.c", ("pause",), "404", "do not type the secret: 404", 1),
    Run("cpp/pause.cpp", ("pause",)),
    Run("cpp/pause.cpp", ("pause",), "404", "do not type the secret: 404", 1),
    Run("python/pause.py", ("pause",)),
    Run("go/pause.go", ("pause",)),
    Run("go/pause.go", ("pause",), "404", "do not type the secret: 404", 1),
]


@pytest.mark.parametrize("run", RUNS, ids=[f"{run.snippet} {run.fault}".strip() for run in RUNS])
def test_a_snippet_does_what_its_page_says(run: Run, tmp_path: Path) -> None:
    options = ["--fault", f"session-id={run.fault}"] if run.fault else []
    with sandbox(tmp_path / "requests.log", "--session", "session-id", *options) as server:
        done = subprocess.run(
            programs.command(SNIPPETS / run.snippet),
            cwd=tmp_path,
            env=programs.environment(**server.environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        asked = server.asked("session-id")
    assert (done.returncode, asked) == (run.code, list(run.asked)), done.stdout
    assert re.search(run.says, done.stdout), done.stdout
    if not run.says:
        assert done.stdout == ""


def test_every_snippet_is_run() -> None:
    files = {str(file.relative_to(SNIPPETS)) for file in SNIPPETS.glob("*/*") if file.suffix != ".in"}
    assert files == {run.snippet for run in RUNS}
