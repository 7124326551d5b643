"""A folder that looks like a clone with the library built, and commands that are run in it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import programs
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: With a blank, as a clone's folder may have one.
_NAME = "a clone"


def like_a_clone(folder: Path) -> Path:
    """A folder in which everything of the repository stands, and which may be written to."""
    clone = folder / _NAME
    clone.mkdir()
    for name in ("include", "bindings"):
        (clone / name).symlink_to(ROOT / name)
    (clone / "target/release").mkdir(parents=True)
    (clone / "target/release/libanchor.so").symlink_to(programs.LIBRARY)
    return clone


def run(script: Path, folder: Path, **more: str) -> str:
    """Runs a script, which must succeed, and returns what it says."""
    done = subprocess.run(
        programs.command(script),
        cwd=folder,
        env=programs.environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
