"""What importing the package loads, and what it gives without loading it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import libanchor
import pytest
from conftest import StartSandbox
from sandbox import DEADLINE_SECONDS

SOURCES = str(Path(libanchor.__file__).parents[1])
#: What a program that pauses would have to wait for and not use.
NOT_NEEDED = {
    "asyncio",
    "dataclasses",
    "importlib.metadata",
    "inspect",
    "logging",
    "pathlib",
    "ssl",
    "tempfile",
    "typing",
}


def modules(program: str) -> set[str]:
    """Those that the program loads in an interpreter that loads nothing by itself."""
    program = f"import sys; sys.path.insert(0, {SOURCES!r}); {program}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    return set(done.stdout.split())


def test_a_pause_loads_no_more_than_it_needs(start_sandbox: StartSandbox) -> None:
    server = start_sandbox("--session", "demo")
    client = f"libanchor.Anchorbrowser(api_key={server.key!r}, base_url={server.url!r})"
    loaded = modules(f"import libanchor; {client}.recordings.pause_recording('demo')")
    assert server.recording("demo") == "paused"
    assert "libanchor" in loaded
    assert loaded & NOT_NEEDED == set()


@pytest.mark.parametrize("name", libanchor._LAZY)
def test_every_name_can_be_imported_first(name: str) -> None:
    assert "libanchor" in modules(f"from libanchor import {name}; assert {name}")


def test_all_names_are_told_and_given() -> None:
    given = "import libanchor; told = set(dir(libanchor)); from libanchor import *; given = set(globals())"
    assert "libanchor" in modules(f"{given}; assert set(libanchor.__all__) <= told & given")


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="module 'libanchor' has no attribute 'AsyncBrowser'"):
        libanchor.AsyncBrowser  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'AsyncBrowser'"):
        from libanchor import AsyncBrowser  # type: ignore[attr-defined]  # noqa: F401
