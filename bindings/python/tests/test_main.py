"""`python -m libanchor` shows which package and which shared library are used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import libanchor
from paths import LIBRARY, SOURCES
from sandbox import DEADLINE_SECONDS


def run_module(library: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "libanchor"],
        env={**os.environ, "PYTHONPATH": SOURCES, "ANCHOR_LIBRARY": library},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )


def test_the_versions_and_the_paths_are_printed() -> None:
    done = run_module(LIBRARY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"libanchor {libanchor.__version__} for Python, in {Path(SOURCES, 'libanchor')}",
        f"the shared library {LIBRARY} loads, and is version {libanchor.library_version()}",
    ]


def test_a_library_that_does_not_load_is_reported(tmp_path: Path) -> None:
    missing = tmp_path / "missing.so"
    done = run_module(str(missing))
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"no usable libanchor; tried {missing} (")
