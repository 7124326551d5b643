#!/usr/bin/env python3
"""Runs a program under valgrind: run_valgrind.py [--library-only] PROGRAM [ARGUMENT...]

Fails if the program does not exit with 0, accesses memory that it must not, or loses memory. Some
hosts, such as Python, have errors of their own. With --library-only, an error counts only if its
stack has a frame in libanchor.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

DEADLINE_SECONDS = 280
POSSIBLY_LOST = "Leak_PossiblyLost"
#: Rust's standard library keeps the handle of the main thread until the process ends. Its only
#: pointer leads into the middle of the block, so valgrind reports the block as possibly lost.
THREAD_HANDLE_BYTES = 48


def run_under_valgrind(command):
    """Returns the errors that valgrind reports for the command, as elements of its XML."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        valgrind = ["valgrind", "--quiet", "--leak-check=full", "--show-leak-kinds=definite,indirect,possible"]
        # A forked child abandons some objects of its parent on purpose: those are no leaks.
        valgrind += ["--num-callers=40", "--child-silent-after-fork=yes", "--xml=yes", f"--xml-file={report.name}"]
        # Python's own allocator would hide its blocks from valgrind.
        environment = os.environ | {"PYTHONMALLOC": "malloc"}
        done = subprocess.run([*valgrind, *command], env=environment, timeout=DEADLINE_SECONDS)
        if done.returncode != 0:
            sys.exit(f"{command[0]} ended with {done.returncode} under valgrind")
        return ET.parse(report.name).getroot().findall("error")


def is_in_library(error):
    return any("libanchor" in (frame.text or "") for frame in error.iter("obj"))


def is_thread_handle(error):
    lost = error.findtext("xwhat/leakedbytes"), error.findtext("xwhat/leakedblocks")
    return error.findtext("kind") == POSSIBLY_LOST and is_in_library(error) and lost == (str(THREAD_HANDLE_BYTES), "1")


def show(error):
    print(error.findtext("what") or error.findtext("xwhat/text"), file=sys.stderr)
    for frame in error.iter("frame"):
        print("   ", frame.findtext("fn"), frame.findtext("file"), frame.findtext("obj"), file=sys.stderr)


def main():
    command = sys.argv[1:]
    library_only = command[0] == "--library-only"
    if not shutil.which("valgrind"):
        sys.exit("valgrind is missing: install it")
    errors = run_under_valgrind(command[library_only:])
    handles = [error for error in errors if is_thread_handle(error)]
    counted = [error for error in errors if error not in handles and (not library_only or is_in_library(error))]
    for error in counted:
        show(error)
    ignored = len(errors) - len(handles) - len(counted)
    print(f"{len(counted)} errors and leaks, {len(handles)} thread handle, {ignored} of the host itself")
    sys.exit(len(counted) > 0 or len(handles) > 1)


if __name__ == "__main__":
    main()
