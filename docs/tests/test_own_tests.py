"""The tests that users are shown for their own programs pass, and fail if the code under test is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import programs
from repository import ROOT, SNIPPETS

PROGRAM = SNIPPETS / "python/test_login.py"


def run(program: Path) -> subprocess.CompletedProcess[str]:
    sandbox = os.environ.get("ANCHOR_SANDBOX") or str(ROOT / "target/debug/sandbox")
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", program.name],
        cwd=program.parent,
        env=programs.environment(ANCHOR_SANDBOX=sandbox, PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )


def test_the_python_tests_pass() -> None:
    done = run(PROGRAM)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "2 passed" in done.stdout


def test_the_python_tests_find_a_login_that_does_not_pause(tmp_path: Path) -> None:
    right = "with client.recordings.paused(session_id):"
    source = PROGRAM.read_text(encoding="utf-8")
    assert source.count(right) == 1
    wrong = tmp_path / PROGRAM.name
    wrong.write_text(source.replace(right, "if client:"), encoding="utf-8")
    assert "2 failed" in run(wrong).stdout
