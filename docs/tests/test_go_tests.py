"""The example of how to test a program in Go passes, in a module beside a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import programs
from repository import ROOT, SNIPPETS

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("go/sandbox_test.go", "projects/go/go.mod")


def test_a_program_is_tested_with_the_sandbox(tmp_path: Path) -> None:
    sandbox = tmp_path / "libanchor/target/debug/sandbox"
    sandbox.parent.mkdir(parents=True)
    sandbox.symlink_to(os.environ.get("ANCHOR_SANDBOX") or ROOT / "target/debug/sandbox")
    (tmp_path / "libanchor/bindings").symlink_to(ROOT / "bindings")
    project = tmp_path / "a project"
    project.mkdir()
    for file in FILES:
        shutil.copy(SNIPPETS / file, project)
    folder = programs.LIBRARY.parent
    done = subprocess.run(
        [os.environ.get("GO", "go"), "test", "-tags", "anchor_ldflags", "-v", "."],
        cwd=project,
        env=programs.environment(CGO_LDFLAGS=f'"-L{folder}" -lanchor "-Wl,-rpath,{folder}"', GOFLAGS=""),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("--- PASS") == 2, done.stdout
