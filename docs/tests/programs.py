"""Builds and runs snippets in each language, the way a user would."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

from repository import BUILD, ROOT

#: Enough for work that takes a second, even on a busy machine.
DEADLINE_SECONDS = 120.0
LIBRARY = Path(os.environ.get("ANCHOR_LIBRARY") or ROOT / "target/release/libanchor.so")
_WARNINGS = ["-Wall", "-Wextra", "-Werror"]
_LINK = [f"-L{LIBRARY.parent}", "-lanchor", "-Xlinker", "-rpath", "-Xlinker", str(LIBRARY.parent), "-pthread"]
_C = [
    *_WARNINGS,
    "-std=c11",
    "-D_POSIX_C_SOURCE=200809L",
    "-I",
    str(ROOT / "include"),
    "-I",
    str(ROOT / "bindings/c/include"),
]
_CPP = [*_WARNINGS, "-std=c++17", "-I", str(ROOT / "include"), "-I", str(ROOT / "bindings/cpp/include")]


def command(source: Path) -> list[str]:
    """The command that runs a program. Builds the program first if its language requires that."""
    if source.suffix == ".py":
        return [sys.executable, "-W", "error", str(source)]
    if source.suffix == ".sh":
        # A whole script has options of its own.
        return [str(source)] if os.access(source, os.X_OK) else ["sh", "-eu", str(source)]
    return [str(_built(source))]


def environment(**variables: str) -> dict[str, str]:
    """The environment in which programs of all languages find the library, and scripts the command."""
    found = {
        "ANCHOR_LIBRARY": str(LIBRARY),
        "PATH": f"{ROOT / 'target/command'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "bindings/python/src"),
    }
    return {**os.environ, **found, **variables}


@functools.cache
def _built(source: Path) -> Path:
    program = BUILD / "programs" / re.sub(r"\W", "-", source.name)
    program.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".c":
        easy = str(ROOT / "bindings/c/src/anchor_easy.c")
        _run([os.environ.get("CC", "cc"), *_C, str(source), easy, *_LINK, "-o", str(program)], ROOT)
    elif source.suffix == ".cpp":
        _run([os.environ.get("CXX", "c++"), *_CPP, str(source), *_LINK, "-o", str(program)], ROOT)
    else:
        # Build inside the module, so that it need not be published.
        flags = f'"-L{LIBRARY.parent}" -lanchor "-Wl,-rpath,{LIBRARY.parent}"'
        go = [os.environ.get("GO", "go"), "build", "-tags", "anchor_ldflags", "-o", str(program), str(source)]
        _run(go, ROOT / "bindings/go", CGO_LDFLAGS=flags)
    return program


def _run(arguments: list[str], folder: Path, **variables: str) -> None:
    done = subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert done.returncode == 0, f"{arguments[0]} failed:\n{done.stderr}"
