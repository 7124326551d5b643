"""The wheel holds the shared library, and building it changes nothing in the sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import pytest
from conftest import StartSandbox
from paths import LIBRARY, MANIFEST, PROJECT, REPOSITORY
from sandbox import DEADLINE_SECONDS

BUILD_SECONDS = 50.0
#: A stand-in for cargo. It logs its arguments and folder, and "builds" by copying the library.
CARGO = """#!/bin/sh
echo "$@" >> "{log}"
pwd >> "{log}"
mkdir -p target/release
cp "{library}" target/release/libanchor.so
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the files that the build needs, at a path with a blank."""
    clone = tmp_path / "a clone"
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", "dist", "tests")
    shutil.copytree(PROJECT, clone / "bindings" / "python", ignore=ignored, ignore_dangling_symlinks=True)
    shutil.copy(MANIFEST, clone)
    shutil.copytree(REPOSITORY / "packaging/command", clone / "packaging/command")
    (clone / "src").mkdir()
    (clone / "src" / "lib.rs").write_text("// A source.\n")
    return clone


def build(clone: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    named = ("ANCHOR_LIBRARY", "ANCHOR_COMMAND")
    inherited = {name: value for name, value in os.environ.items() if name not in named}
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel"]
    command += ["--no-build-isolation", "--no-deps", "--no-index", "-w", str(out), "./bindings/python"]
    return subprocess.run(
        command,
        cwd=clone,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
    )


def files(directory: Path) -> set[Path]:
    return {file.relative_to(directory) for file in directory.rglob("*") if "__pycache__" not in file.parts}


def the_wheel(out: Path) -> Path:
    (wheel,) = out.glob("*.whl")
    return wheel


def test_a_wheel_works_on_its_own(clone: Path, tmp_path: Path) -> None:
    before = files(clone)
    done = build(clone, tmp_path / "out", ANCHOR_LIBRARY=LIBRARY)
    assert done.returncode == 0, done.stderr
    assert files(clone) == before
    wheel = the_wheel(tmp_path / "out")
    platform = re.sub("[-.]", "_", sysconfig.get_platform())
    assert wheel.name.endswith(f"-py3-none-{platform}.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert {"libanchor/libanchor.so", "libanchor/py.typed"} <= set(names)
    assert not [name for name in names if "test" in name or "hatch_build" in name]
    program = "import libanchor as l; print(l.__file__, l.__version__, l.library_version(), sep='\\n')"
    output = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=True,
    ).stdout.splitlines()
    assert output[0] == str(tmp_path / "site" / "libanchor" / "__init__.py")
    assert output[1] == output[2]


#: Uses what PyInstaller does not find by itself: the library, modules that are imported on first use, and the version.
FROZEN = """
import asyncio
import libanchor

async def resume():
    async with libanchor.AsyncAnchorbrowser() as client:
        return (await client.recordings.resume_recording("demo")).data.data.status

with libanchor.Anchorbrowser() as client:
    print(client.recordings.pause_recording("demo").data.data.status)
print(asyncio.run(resume()), libanchor.__version__ == libanchor.library_version())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the name of the library below is that of Linux")
def test_pyinstaller_puts_the_library_into_a_frozen_program(
    clone: Path, tmp_path: Path, start_sandbox: StartSandbox
) -> None:
    assert build(clone, tmp_path / "out", ANCHOR_LIBRARY=LIBRARY).returncode == 0
    with zipfile.ZipFile(the_wheel(tmp_path / "out")) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "program.py").write_text(FROZEN)
    freeze = [sys.executable, "-m", "PyInstaller", "--log-level", "ERROR", "program.py"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path)}
    done = subprocess.run(freeze, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=BUILD_SECONDS)
    if "PythonLibraryNotFoundError" in done.stderr:
        pytest.skip("PyInstaller needs the shared library of Python, which is not installed")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(tmp_path / "site")
    frozen = tmp_path / "dist" / "program"
    assert (frozen / "_internal" / "libanchor" / "libanchor.so").is_file()
    assert not list(frozen.rglob("*pyinstaller*"))
    server = start_sandbox("--session", "demo")
    key = {"ANCHORBROWSER_API_KEY": server.key, "ANCHORBROWSER_BASE_URL": server.url}
    done = subprocess.run(
        [frozen / "program"], env=key, cwd="/", capture_output=True, text=True, timeout=DEADLINE_SECONDS
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "paused\nrecording True\n", "")


def test_cargo_builds_a_missing_or_stale_library(clone: Path, tmp_path: Path) -> None:
    log, tools = tmp_path / "cargo.log", tmp_path / "tools"
    tools.mkdir()
    (tools / "cargo").write_text(CARGO.format(log=log, library=LIBRARY))
    (tools / "cargo").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    def builds() -> int:
        assert build(clone, tmp_path / "out", PATH=path).returncode == 0
        return len(log.read_text().splitlines()) // 2

    assert builds() == 1
    command = f"rustc --locked --release --lib --crate-type cdylib --target-dir {clone}/target"
    assert log.read_text().splitlines() == [command, str(clone)]
    assert builds() == 1, "a fresh library is not built again"
    future = time.time() + 60
    os.utime(clone / "src" / "lib.rs", (future, future))
    assert builds() == 2, "a library that is older than a source is built again"
    with zipfile.ZipFile(the_wheel(tmp_path / "out")) as archive:
        assert archive.read("libanchor/libanchor.so") == Path(LIBRARY).read_bytes()


def test_a_missing_cargo_is_reported_in_one_line(clone: Path, tmp_path: Path) -> None:
    done = build(clone, tmp_path / "out", PATH=str(tmp_path))
    assert done.returncode != 0
    reported = [line.strip() for line in (done.stdout + done.stderr).splitlines() if "cargo" in line]
    assert reported == ["libanchor is built by cargo, which is not on the PATH: install Rust from https://rustup.rs"]
    assert "Traceback" not in done.stdout + done.stderr


def test_a_wheel_holds_the_command_and_its_pages_if_it_is_named(clone: Path, tmp_path: Path) -> None:
    # Not a script, whose first line would be changed.
    command = clone / "target/command/anchor"
    command.parent.mkdir(parents=True)
    command.write_bytes(b"\x7fELF\0\r\n\xff")
    command.chmod(0o755)
    # A relative path begins at the root of the clone.
    done = build(clone, tmp_path / "out", ANCHOR_LIBRARY=LIBRARY, ANCHOR_COMMAND="target/command/anchor")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(the_wheel(tmp_path / "out")) as archive:
        data = sorted(name.partition(".data/")[2] for name in archive.namelist() if ".data/" in name)
        pages = {file.name for file in (REPOSITORY / "packaging/command").glob("*.1")}
        assert data == sorted(
            [
                "scripts/anchor",
                "data/share/bash-completion/completions/anchor",
                "data/share/fish/vendor_completions.d/anchor.fish",
                "data/share/zsh/site-functions/_anchor",
                *(f"data/share/man/man1/{page}" for page in pages),
            ]
        )
        (name,) = (name for name in archive.namelist() if name.endswith(".data/scripts/anchor"))
        assert archive.read(name) == command.read_bytes()
        assert archive.getinfo(name).external_attr >> 16 & 0o111


def test_a_command_that_is_named_must_exist(clone: Path, tmp_path: Path) -> None:
    done = build(clone, tmp_path / "out", ANCHOR_LIBRARY=LIBRARY, ANCHOR_COMMAND="target/none")
    assert done.returncode != 0
    said = f"ANCHOR_COMMAND names {clone}/target/none, which is not a file: correct or unset it"
    assert said in done.stdout + done.stderr


def test_a_library_that_is_named_must_exist(clone: Path, tmp_path: Path) -> None:
    done = build(clone, tmp_path / "out", ANCHOR_LIBRARY=str(tmp_path / "none.so"))
    assert done.returncode != 0
    assert f"ANCHOR_LIBRARY names {tmp_path / 'none.so'}, which is not a file" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
