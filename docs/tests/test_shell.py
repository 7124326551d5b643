"""The commands of the pages do what they say, in a folder that looks like a clone with the library built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import programs
import pytest
from repository import ROOT, SNIPPETS
from sandbox import sandbox

#: With a blank, as a clone's folder may have one.
FOLDER = "a clone"


@pytest.mark.parametrize(("script", "program"), [("sh/compile-c.sh", "c/pause.c"), ("sh/compile-cpp.sh", "cpp/pause.cpp")])
def test_a_program_is_compiled_and_runs(script: str, program: str, tmp_path: Path) -> None:
    clone = like_a_clone(tmp_path)
    (clone / Path(program).name).write_bytes((SNIPPETS / program).read_bytes())
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server:
        assert run(script, clone, **server.environment()) == ""
        assert server.asked("session-id") == ["pause"]


def test_the_python_package_is_installed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=programs.DEADLINE_SECONDS)
    scripts = tmp_path / "venv/bin"
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    run("sh/install-python.sh", like_a_clone(tmp_path), PATH=path, PYTHONPATH="", PIP_DISABLE_PIP_VERSION_CHECK="1")
    version = "import libanchor; print(libanchor.library_version())"
    bare = {name: value for name, value in os.environ.items() if name not in ("ANCHOR_LIBRARY", "PYTHONPATH")}
    installed = subprocess.run(
        [scripts / "python", "-c", version], env=bare, capture_output=True, text=True, timeout=programs.DEADLINE_SECONDS
    )
    assert (installed.returncode, installed.stderr) == (0, "")
    assert installed.stdout[0].isdigit()


def like_a_clone(folder: Path) -> Path:
    """A folder in which everything of the repository stands, and which may be written to."""
    clone = folder / FOLDER
    clone.mkdir()
    for name in ("include", "bindings"):
        (clone / name).symlink_to(ROOT / name)
    (clone / "target/release").mkdir(parents=True)
    (clone / "target/release/libanchor.so").symlink_to(programs.LIBRARY)
    return clone


def run(script: str, folder: Path, **more: str) -> str:
    done = subprocess.run(
        programs.command(SNIPPETS / script),
        cwd=folder,
        env=programs.environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
