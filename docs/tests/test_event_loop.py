"""The event loop in C: one thread has several calls under way, and each completion finds its session."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import programs
from repository import SNIPPETS
from sandbox import sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_each_session_is_told_how_it_went(tmp_path: Path) -> None:
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
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert (said["one"], said["two"]) == ("paused", "paused")
    assert said["gone"].startswith("404 ")
