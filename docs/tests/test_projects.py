"""The projects of the start pages build in a folder beside a clone, with an installed library."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import clone
import programs
import pytest
from repository import ROOT, SNIPPETS
from sandbox import sandbox

#: The script of a page, the files of its project, and whether the linker has to be told where the
#: library is.
PROJECTS = [
    ("sh/project-c.sh", ("projects/c/Makefile", "c/pause.c"), False),
    ("sh/project-cpp.sh", ("projects/cpp/CMakeLists.txt", "cpp/pause.cpp"), False),
    ("sh/project-go.sh", ("projects/go/go.mod", "go/pause.go"), True),
    ("sh/project-python.sh", ("projects/python/pyproject.toml", "python/pause.py"), False),
]


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation, which `make install-lib` made."""
    folder = tmp_path_factory.mktemp("pre fix")
    subprocess.run(
        ["make", "--no-print-directory", "install-lib", f"PREFIX={folder}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=5 * programs.DEADLINE_SECONDS,
    )
    return folder


@pytest.mark.parametrize(("script", "files", "is_told"), PROJECTS, ids=[script for script, *_ in PROJECTS])
def test_a_project_builds_and_pauses(
    script: str, files: tuple[str, ...], is_told: bool, prefix: Path, tmp_path: Path
) -> None:
    (tmp_path / "libanchor").symlink_to(ROOT)
    project = tmp_path / "a project"
    project.mkdir()
    for file in files:
        shutil.copy(SNIPPETS / file, project)
    variables = {
        "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"),
        "CMAKE_PREFIX_PATH": str(prefix),
        "LD_LIBRARY_PATH": str(prefix / "lib") if is_told else "",
        "PYTHONPATH": "",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # These would find the library that was not installed.
        "CGO_LDFLAGS": "",
        "GOFLAGS": "",
    }
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server:
        clone.run(SNIPPETS / script, project, **variables, **server.environment())
        assert server.asked("session-id") == ["pause"]


def test_every_project_is_built() -> None:
    files = {str(file.relative_to(SNIPPETS)) for file in SNIPPETS.glob("projects/*/*")}
    assert files == {file for _, files, _ in PROJECTS for file in files if file.startswith("projects/")}
