"""The projects of the start pages build in a folder beside a clone, with a library in a prefix of the user's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import clone
import programs
import pytest
from repository import ROOT, SNIPPETS
from sandbox import sandbox

#: The scripts of a page, one after the other, and the files of its project.
PROJECTS = [
    (("sh/prefix-c.sh", "sh/project-c.sh"), ("projects/c/Makefile", "c/pause.c")),
    (("sh/prefix-cpp.sh", "sh/project-cpp.sh"), ("projects/cpp/CMakeLists.txt", "cpp/pause.cpp")),
    (("sh/prefix-go.sh", "sh/project-go.sh"), ("go/pause.go",)),
    (("sh/project-python.sh",), ("python/pause.py",)),
    (("sh/project-python-package.sh",), ("projects/python/pyproject.toml", "python/pause.py")),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with an installation, which `make install-lib` made."""
    folder = tmp_path_factory.mktemp("ho me")
    subprocess.run(
        ["make", "--no-print-directory", "install-lib", f"PREFIX={folder / '.local'}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=5 * programs.DEADLINE_SECONDS,
    )
    return folder


@pytest.mark.parametrize(("scripts", "files"), PROJECTS, ids=[scripts[-1] for scripts, _ in PROJECTS])
def test_a_project_builds_and_pauses(
    scripts: tuple[str, ...], files: tuple[str, ...], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "libanchor").symlink_to(ROOT)
    # Go splits CGO_LDFLAGS at blanks.
    (tmp_path / "home").symlink_to(home)
    project = tmp_path / "a project"
    project.mkdir()
    for file in files:
        shutil.copy(SNIPPETS / file, project)
    whole = tmp_path / "whole.sh"
    whole.write_text("".join((SNIPPETS / script).read_text(encoding="utf-8") for script in scripts), encoding="utf-8")
    variables = {
        "HOME": str(tmp_path / "home" if "sh/prefix-go.sh" in scripts else home),
        "PYTHONPATH": "",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        # These would find the library that was not installed.
        "CGO_LDFLAGS": "",
        "GOFLAGS": "",
    }
    with sandbox(tmp_path / "requests.log", "--session", "session-id") as server:
        output = clone.run(whole, project, **variables, **kept_caches(), **server.environment())
        assert output.endswith("paused\n")
        assert server.asked("session-id") == ["pause"]


def kept_caches() -> dict[str, str]:
    """Where Go, cargo and pip keep what they have downloaded and built, with another home folder as well."""
    go = subprocess.run(
        [os.environ.get("GO", "go"), "env", "GOCACHE", "GOMODCACHE", "GOTOOLCHAIN"],
        check=True,
        capture_output=True,
        text=True,
    )
    caches = dict(zip(("GOCACHE", "GOMODCACHE", "GOTOOLCHAIN"), go.stdout.splitlines(), strict=True))
    user = Path.home()
    for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup"), ("PIP_CACHE_DIR", ".cache/pip")):
        caches[name] = os.environ.get(name, str(user / folder))
    return caches


def test_flags_of_the_user_are_added(home: Path, tmp_path: Path) -> None:
    for file in ("projects/c/Makefile", "c/pause.c"):
        shutil.copy(SNIPPETS / file, tmp_path)
    whole = tmp_path / "whole.sh"
    whole.write_text((SNIPPETS / "sh/prefix-c.sh").read_text(encoding="utf-8") + "make CFLAGS=-O2\n", encoding="utf-8")
    clone.run(whole, tmp_path, HOME=str(home))
    dynamic = subprocess.run(["readelf", "--dynamic", tmp_path / "pause"], capture_output=True, text=True, check=True)
    assert f"[{home / '.local/lib'}]" in dynamic.stdout


def test_every_project_is_built() -> None:
    files = {str(file.relative_to(SNIPPETS)) for file in SNIPPETS.glob("projects/*/*")}
    assert files == {file for _, files in PROJECTS for file in files if file.startswith("projects/")}
