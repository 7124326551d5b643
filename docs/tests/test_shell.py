"""The commands of the pages work in a folder that looks like a clone with the library built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import clone
import programs
import pytest
from repository import SNIPPETS
from sandbox import sandbox


@pytest.mark.parametrize(
    ("script", "program"), [("sh/compile-c.sh", "c/pause.c"), ("sh/compile-cpp.sh", "cpp/pause.cpp")]
)
def test_a_program_compiles_and_runs(script: str, program: str, tmp_path: Path) -> None:
    folder = clone.make_clone(tmp_path)
    (folder / Path(program).name).write_bytes((SNIPPETS / program).read_bytes())
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server:
        assert clone.run(SNIPPETS / script, folder, **server.environment()) == "paused\n"
        assert server.asked("session-id") == ["pause"]


def test_the_python_package_installs(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=programs.DEADLINE_SECONDS
    )
    scripts = tmp_path / "venv/bin"
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    script = SNIPPETS / "sh/install-python.sh"
    clone.run(script, clone.make_clone(tmp_path), PATH=path, PYTHONPATH="", PIP_DISABLE_PIP_VERSION_CHECK="1")
    version = "import libanchor; print(libanchor.library_version())"
    bare = {name: value for name, value in os.environ.items() if name not in ("ANCHOR_LIBRARY", "PYTHONPATH")}
    installed = subprocess.run(
        [scripts / "python", "-c", version], env=bare, capture_output=True, text=True, timeout=programs.DEADLINE_SECONDS
    )
    assert (installed.returncode, installed.stderr) == (0, "")
    assert installed.stdout[0].isdigit()
