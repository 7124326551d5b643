#!/usr/bin/env python3
"""Checks a wheel: its files, its platform tag, that the package and the command work without a
compiler, and that type checkers see its types.

    PYTHONPATH=tests/release/install python3 tools/with_sandbox.py -- \\
        python3 tests/release/install/python/check_wheel.py WHEEL

Needs the packages in packaging/requirements.txt.
"""

import io
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

import outside
from clean_venv import CleanVenv, recording
from elftools.elf.elffile import ELFFile
from outside import ROOT

PACKAGE = ROOT / "bindings/python/src/libanchor"
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-LICENSES")
# Where each file of packaging/command belongs below the prefix of an environment.
PAGES = {
    file: {
        ".1": f"share/man/man1/{file.name}",
        "": f"share/zsh/site-functions/{file.name}",
        ".bash": "share/bash-completion/completions/anchor",
        ".fish": f"share/fish/vendor_completions.d/{file.name}",
    }[file.suffix]
    for file in (ROOT / "packaging/command").iterdir()
}
# The tag manylinux2014 allows this version of glibc.
GLIBC = (2, 17)
TYPED = pathlib.Path(__file__).with_name("typed.py")
# Newer than the oldest supported Python, because the program uses assert_type.
TYPED_FOR = "3.11"
TOOL_S = 240


def main():
    wheel = pathlib.Path(sys.argv[1])
    check_contents(wheel)
    check_tag(wheel)
    # PyInstaller gives its hook a name that cannot be imported: W004.
    tool("check_wheel_contents", "--no-config", "--ignore", "W004", wheel)
    with tempfile.TemporaryDirectory() as folder:
        venv = CleanVenv(pathlib.Path(folder))
        venv.install(wheel, "--no-index")
        venv.check()
        check_command(venv)
        check_pages(venv)
        check_types(venv)
    print(f"{wheel.name}: complete, for glibc 2.17, paused without a compiler by both, typed")


def tool(module, *arguments, **options):
    """The output of a Python tool, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)], capture_output=True, text=True, timeout=TOOL_S, **options
    )
    if done.returncode != 0:
        sys.exit(f"{module}: {done.stdout}{done.stderr}")
    return done.stdout


def check_contents(wheel):
    """The wheel contains the package, a stripped library and command, the pages of the command, and
    the licences, and nothing else.
    """
    name_and_version = "-".join(wheel.name.split("-")[:2])
    information, data = f"{name_and_version}.dist-info", f"{name_and_version}.data"
    command = f"{data}/scripts/anchor"
    sources = (file for file in PACKAGE.rglob("*") if file.suffix in (".py", ".typed"))
    expected = {f"libanchor/{file.relative_to(PACKAGE).as_posix()}" for file in sources}
    expected |= {"libanchor/libanchor.so", command, *(f"{data}/data/{place}" for place in PAGES.values())}
    expected |= {f"{information}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    expected |= {f"{information}/licenses/{name}" for name in LICENCES}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        if names != expected:
            sys.exit(f"missing: {sorted(expected - names)}; not expected: {sorted(names - expected)}")
        for name in LICENCES:
            if archive.read(f"{information}/licenses/{name}") != (ROOT / name).read_bytes():
                sys.exit(f"{name} in the wheel is not the repository's")
        binaries = {name: ELFFile(io.BytesIO(archive.read(name))) for name in ("libanchor/libanchor.so", command)}
    for file, binary in binaries.items():
        if extra := [name for name in (".symtab", ".debug_info") if binary.get_section_by_name(name)]:
            sys.exit(f"{file} is not stripped: it has {extra}")


def check_tag(wheel):
    """auditwheel agrees that the library runs on every system that the tag names."""
    if not wheel.name.endswith("-py3-none-manylinux2014_x86_64.whl"):
        sys.exit(f"{wheel.name} is not for manylinux2014_x86_64")
    told = " ".join(tool("auditwheel", "show", wheel).split())
    match = re.search(r'platform tag: "manylinux_(\d+)_(\d+)_x86_64"', told)
    if match is None or tuple(map(int, match.groups())) > GLIBC:
        sys.exit(f"auditwheel: {told}")


def check_command(venv):
    """The command in the environment pauses the recording that is running again."""
    command = venv.bin / "anchor"
    for verb, done, expected in ("resume", "resumed", "recording"), ("pause", "paused", "paused"):
        told, state = outside.run([command, verb, "abc"], venv.folder, PATH=str(venv.bin)), recording("abc")
        if (told, state) != (f"{done}: abc\n", expected):
            sys.exit(f"{command} {verb} printed {told!r}, and the recording is {state}")


def check_pages(venv):
    """The man pages and completions are where `man` and the shells look."""
    for file, place in PAGES.items():
        if (venv.bin.parent / place).read_bytes() != file.read_bytes():
            sys.exit(f"{place} in the environment is not {file}")


def check_types(venv):
    """mypy and pyright find the types of the installed package, and no error in a program that uses
    it.
    """
    program = shutil.copy(TYPED, venv.folder)
    options = ["--strict", "--python-version", TYPED_FOR, "--config-file=", "--cache-dir", venv.folder / "cache"]
    tool("mypy", *options, "--python-executable", venv.python, program, cwd=venv.folder)
    tool("pyright", "--warnings", "--pythonversion", TYPED_FOR, "--pythonpath", venv.python, program, cwd=venv.folder)


if __name__ == "__main__":
    main()
