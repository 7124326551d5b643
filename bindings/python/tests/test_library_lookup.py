"""Where the package looks for the shared library, and which versions it accepts."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import libanchor
import pytest
from libanchor import LibraryNotFoundError, library_version
from libanchor._native import abi, library
from paths import LIBRARY, MANIFEST, SOURCES
from sandbox import DEADLINE_SECONDS


@pytest.fixture(autouse=True)
def _load_the_library_anew() -> Iterator[None]:
    library.load.cache_clear()
    yield
    library.load.cache_clear()


def test_the_version_is_that_of_cargo_toml() -> None:
    manifest = MANIFEST.read_text()
    version = re.search(r'^version = "([^"]+)"', manifest, re.MULTILINE)
    assert version is not None
    assert library_version() == version[1]


def test_only_the_library_in_the_variable_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = tmp_path / "missing.so"
    monkeypatch.setenv("ANCHOR_LIBRARY", str(missing))
    with pytest.raises(LibraryNotFoundError, match="set ANCHOR_LIBRARY") as caught:
        libanchor.Anchorbrowser(api_key="k")
    assert caught.value.message.count(str(missing)) == 1
    assert "libanchor.so.0" not in caught.value.message
    assert "\n" not in caught.value.message
    monkeypatch.setenv("ANCHOR_LIBRARY", LIBRARY)
    assert library_version()


def test_an_unrelated_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHOR_LIBRARY", importlib.import_module("_ctypes").__file__ or "")
    with pytest.raises(LibraryNotFoundError, match="anchor_"):
        library_version()


def stub(folder: Path, version: str, *, without: str = "") -> str:
    """A library with this version, in C syntax, and empty functions, except for one."""
    needed = {*abi._LOCAL, *abi._BLOCKING} - {"anchor_version", without}
    functions = [f"void *{name}(void) {{ return 0; }}" for name in sorted(needed)]
    source = folder / "stub.c"
    source.write_text("\n".join([f"const char *anchor_version(void) {{ return {version}; }}", *functions]))
    built = folder / "libanchor.so"
    subprocess.run(["cc", "-shared", "-fPIC", str(source), "-o", str(built)], check=True, timeout=DEADLINE_SECONDS)
    return str(built)


@pytest.mark.parametrize("version", ["0.1.0", "0.1.99", "0.2.0-rc.1", "0.10.0"])
def test_a_compatible_version_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    monkeypatch.setenv("ANCHOR_LIBRARY", stub(tmp_path, f'"{version}"'))
    assert library_version() == version


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ('"0.0.9"', "it is version 0.0.9; this package needs 0.1 or a later 0.x"),
        ('"1.0.0"', "it is version 1.0.0; this package needs 0.1 or a later 0.x"),
        ('"10.1.0"', "it is version 10.1.0; this package needs 0.1 or a later 0.x"),
        ('"1"', "its version is not readable: '1'"),
        ('"-1.1"', "its version is not readable: '-1.1'"),
        ("0", "its version is not readable: ''"),
    ],
)
def test_an_incompatible_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, reason: str
) -> None:
    monkeypatch.setenv("ANCHOR_LIBRARY", stub(tmp_path, version))
    with pytest.raises(LibraryNotFoundError, match=re.escape(f"libanchor.so ({reason})")) as caught:
        libanchor.Anchorbrowser(api_key="k")
    assert "\n" not in caught.value.message


def test_a_version_that_lacks_a_function_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANCHOR_LIBRARY", stub(tmp_path, '"0.1.0"', without="anchor_queue_new"))
    with pytest.raises(LibraryNotFoundError, match=r"version 0.1.0 is too old for this package: .*anchor_queue_new"):
        library_version()


def test_the_required_version_is_not_newer_than_the_library() -> None:
    manifest = MANIFEST.read_text()
    version = re.search(r'^version = "(\d+)\.(\d+)', manifest, re.MULTILINE)
    assert version is not None
    assert int(version[1]) == abi.MAJOR
    assert int(version[2]) >= abi.MINOR


def test_a_file_that_is_not_a_library_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = tmp_path / "libanchor.so"
    text.write_text("not a library\n")
    monkeypatch.setenv("ANCHOR_LIBRARY", str(text))
    with pytest.raises(LibraryNotFoundError, match=re.escape(str(text))):
        library_version()


def test_the_message_lists_every_path_that_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANCHOR_LIBRARY")
    monkeypatch.setattr(library, "_BUNDLED", "no-bundled-library.so")
    monkeypatch.setattr(library, "_INSTALLED", "no-installed-library.so.0")
    monkeypatch.setattr("ctypes.util.find_library", lambda name: f"no-{name}-found.so")
    with pytest.raises(LibraryNotFoundError) as caught:
        library_version()
    paths = ["no-bundled-library.so (", "no-installed-library.so.0 (", "no-anchor-found.so ("]
    positions = [caught.value.message.find(path) for path in paths]
    assert -1 not in positions
    assert positions == sorted(positions)


@pytest.mark.parametrize("location", ["in the package", "installed", "found"])
def test_each_location_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, location: str) -> None:
    monkeypatch.setenv("ANCHOR_LIBRARY", "")
    file = tmp_path / "x" / "library.so"
    file.parent.mkdir()
    shutil.copy(LIBRARY, file)
    monkeypatch.setattr(library, "__file__", str(file.parent / "_native" / "library.py"))
    monkeypatch.setattr(library, "_BUNDLED", "library.so" if location == "in the package" else "none.so")
    monkeypatch.setattr(library, "_INSTALLED", str(file) if location == "installed" else "none.so.0")
    found = {"anchor": str(file)} if location == "found" else {}
    monkeypatch.setattr("ctypes.util.find_library", found.get)
    assert library_version()


def test_importing_the_package_needs_no_library() -> None:
    program = "import libanchor; libanchor.NotFoundError; print('imported')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"ANCHOR_LIBRARY": "/no/such/library.so", "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert (done.stdout, done.stderr) == ("imported\n", "")
