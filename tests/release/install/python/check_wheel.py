#!/usr/bin/env python3
"""Checks a wheel: its files, its platform tag, that the package and the command work without a
compiler, and that type checkers see its types.

    PYTHONPATH=tests/release/install python3 tools/with_sandbox.py -- \\
        python3 tests/release/install/python/check_wheel.py WHEEL

Needs the packages in packaging/requirements.txt.
"""

import pathlib
import shutil
import sys
import tempfile

import outside
import wheel_contents
from clean_venv import CleanVenv, recording
from wheel_contents import PAGES, tool

TYPED = pathlib.Path(__file__).with_name("typed.py")
# Newer than the oldest supported Python, because the program uses assert_type.
TYPED_FOR = "3.11"
TAG = "manylinux2014_x86_64"


def main():
    wheel = pathlib.Path(sys.argv[1])
    wheel_contents.check(wheel, TAG)
    with tempfile.TemporaryDirectory() as folder:
        venv = CleanVenv(pathlib.Path(folder))
        venv.install(wheel, "--no-index")
        venv.check()
        check_command(venv)
        check_pages(venv)
        check_types(venv)
    print(f"{wheel.name}: complete, for glibc 2.17, paused without a compiler by both, typed")


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
