"""The event loop in C: one thread, several calls in flight, each completion with its own tag."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import programs
from repository import SNIPPETS
from sandbox import sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_each_session_gets_its_own_result(tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log", "--session", "one", "--session", "two") as server:
        done = subprocess.run(
            [*programs.command(SNIPPETS / "c/event_loop.c"), "one", "gone", "two"],
            env=programs.environment(**server.environment()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        assert (server.asked("one"), server.asked("two")) == (["pause"], ["pause"])
    assert (done.returncode, done.stderr) == (0, "")
    results = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert (results["one"], results["two"]) == ("paused", "paused")
    assert results["gone"].startswith("404 ")
