"""Checks that a program that was built with an older version runs with the present library; see
docs/ABI.md.
"""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))
from check_library import declared, exported  # noqa: E402

HEADER = ROOT / "include/anchor.h"
LIBRARY = pathlib.Path(os.environ.get("ANCHOR_LIBRARY") or ROOT / "target/release/libanchor.so")
# Each program gets a sandbox of its own, because it changes the sessions.
WITH_SANDBOX = [sys.executable, ROOT / "tools/with_sandbox.py", "--"]
SONAME = "libanchor.so.0"
COMPILER = [os.environ.get("CC", "cc"), "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
DEADLINE_S = 120
# A version's own number is the one that may change.
NUMBER = re.compile(r"^#define (ANCHOR_(?!VERSION)\w+) (\d+)$", re.MULTILINE)


class Broken(Exception):
    """An older program would not run, for the reason given."""


def check(header, program, work):
    """Raises Broken if a program with this source, built with this header, does not run. `work` is
    an empty folder.
    """
    functions = declared(header)
    if gone := functions - exported(LIBRARY):
        raise Broken(f"functions are gone: {', '.join(sorted(gone))}")
    numbers = dict(NUMBER.findall(HEADER.read_text(encoding="utf-8")))
    for name, number in NUMBER.findall(header.read_text(encoding="utf-8")):
        if numbers.get(name) != number:
            raise Broken(f"{name} was {number} and is {numbers.get(name, 'gone')}")
    old = f'-DOLD_HEADER="{header}"'
    run(
        [*COMPILER, "-std=c11", f"-I{HEADER.parent}", old, "-fsyntax-only", HERE / "both_headers.c"],
        "a type has changed",
    )
    command = [*WITH_SANDBOX, build(functions, header, program, work), work / "video.mp4"]
    run(command, "the program fails", LD_LIBRARY_PATH=str(work))


def build(functions, header, program, work):
    """The program, linked against empty functions of that version, so that it can use no newer one."""
    stub = work / "stub.c"
    stub.write_text("".join(f"void {name}(void);\nvoid {name}(void) {{}}\n" for name in sorted(functions)))
    shared = ["-shared", "-fPIC", f"-Wl,-soname,{SONAME}", "-o", work / "libanchor.so"]
    run([*COMPILER, stub, *shared], "the empty functions cannot be compiled")
    built = work / "program"
    options = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", f"-I{header.parent}", f"-L{work}", "-Wl,-z,now", "-o", built]
    run([*COMPILER, program, *options, "-lanchor"], "the program cannot be compiled")
    (work / SONAME).symlink_to(LIBRARY)
    return built


def run(command, complaint, **environment):
    command = [str(part) for part in command]
    environment = os.environ | environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    if done.returncode != 0:
        raise Broken(f"{complaint}: {done.stdout}{done.stderr}")
