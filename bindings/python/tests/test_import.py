"""Importing the package loads few modules, and every public name can be imported."""

from __future__ import annotations

import subprocess
import sys

import libanchor
import pytest
from conftest import StartSandbox
from paths import SOURCES
from sandbox import DEADLINE_SECONDS

#: Slow modules that a program which only pauses does not need.
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
    """The modules that the program loads, in an interpreter that loads nothing by itself."""
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


def test_every_public_name_is_listed_and_exported() -> None:
    program = "import libanchor; listed = set(dir(libanchor)); from libanchor import *; exported = set(globals())"
    assert "libanchor" in modules(f"{program}; assert set(libanchor.__all__) <= listed & exported")


def test_an_unknown_name_raises() -> None:
    with pytest.raises(AttributeError, match="module 'libanchor' has no attribute 'AsyncBrowser'"):
        libanchor.AsyncBrowser  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'AsyncBrowser'"):
        from libanchor import AsyncBrowser  # type: ignore[attr-defined]  # noqa: F401
