"""A folder that looks like a clone with the library built, and scripts that run in it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import programs
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

#: The path of a clone may contain a space.
_NAME = "a clone"


def make_clone(folder: Path) -> Path:
    """Makes a writable folder with links to the repository's headers, wrappers and library."""
    clone = folder / _NAME
    clone.mkdir()
    for name in ("include", "bindings"):
        (clone / name).symlink_to(ROOT / name)
    (clone / "target/release").mkdir(parents=True)
    # The second is the name by which a program finds the library.
    for name in ("libanchor.so", "libanchor.so.0"):
        (clone / "target/release" / name).symlink_to(programs.LIBRARY)
    return clone


def run(script: Path, folder: Path, **variables: str) -> str:
    """Runs a script, which must succeed, and returns its output."""
    done = subprocess.run(
        programs.command(script),
        cwd=folder,
        env=programs.environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
