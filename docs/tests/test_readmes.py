"""The blocks of the READMEs compile without warnings and do what the READMEs say."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import clone
import frames
import programs
import pytest
from repository import SNIPPETS
from sandbox import sandbox

if TYPE_CHECKING:
    from pathlib import Path

#: The requests that each frame sends for the session "session-id".
PROGRAMS = {
    "readme.c.in": ["pause"],
    "readme.cpp.in": ["pause"],
    "readme.py.in": ["pause", "pause", "resume"],
    "readme.go.in": ["pause"],
    "readme.sh.in": ["pause", "resume"],
    "guide.c.in": ["pause", "resume", "fetch", "fetch", "resume", "recordings", "primary"],
    "guide.cpp.in": [
        "pause",
        *["pause", "resume"] * 4,
        "fetch",
        "fetch",
        "pause",
        *["pause", "resume", "resume", "recordings", "primary"],
    ],
    "guide.go.in": ["pause", "pause", "resume", "fetch", "resume", "recordings", "session-id-primary"],
}
#: Frames of commands, each with the frame of the program that they build.
COMMANDS = {"guide_c.sh.in": "guide_program.c.in", "guide_cpp.sh.in": "guide_program.cpp.in"}


@pytest.mark.parametrize("frame", PROGRAMS)
def test_blocks_send_the_expected_requests(frame: str, tmp_path: Path) -> None:
    program = frames.filled(SNIPPETS / "frames" / frame)
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server:
        done = subprocess.run(
            programs.command(program),
            cwd=tmp_path,
            env=programs.environment(**server.environment()),
            capture_output=True,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        assert (done.returncode, server.asked("session-id")) == (0, PROGRAMS[frame]), done.stderr


@pytest.mark.parametrize("frame", COMMANDS)
def test_commands_build_and_run_the_program(frame: str, tmp_path: Path) -> None:
    folder = clone.make_clone(tmp_path)
    program = frames.filled(SNIPPETS / "frames" / COMMANDS[frame])
    (folder / f"program{program.suffix}").write_bytes(program.read_bytes())
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server:
        clone.run(frames.filled(SNIPPETS / "frames" / frame), folder, **server.environment())
        assert server.asked("session-id") == ["pause"]


def test_every_frame_is_used() -> None:
    assert {frame.name for frame in frames.frames()} == {
        *PROGRAMS,
        *COMMANDS,
        *COMMANDS.values(),
    }
