#!/usr/bin/env python3
"""Fails unless the library exports exactly the functions that the header declares, calls none that a host may happen to
have, and is as small as promised.

python3 tests/release/check_library.py LIBRARY HEADER
"""

import pathlib
import re
import subprocess
import sys

MAX_BYTES = 3_500_000
# What the C library and the linker look up in every library.
USUAL = {"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__gmon_start__"}
# Of the C library, where it is newer than the one that the wheel is linked against; Rust's own library does without.
NEWER = {"__cxa_thread_atexit_impl", "getrandom", "gettid", "statx"}


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    return {line.split()[-1].partition("@")[0] for line in lines.stdout.splitlines()}


def optional(library):
    """Functions of no other library, which would be called if the host had them."""
    lines = subprocess.run(["nm", "-D", "--undefined-only", library], check=True, capture_output=True, text=True)
    weak = [line.split()[-1] for line in lines.stdout.splitlines() if line.split()[-2] in "vw"]
    return {name for name in weak if "@" not in name} - USUAL - NEWER


def declared(header):
    text = header.read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"(\w+)\([^()]*\);", code))


def main():
    library, header = map(pathlib.Path, sys.argv[1:])
    given, promised = exported(library), declared(header)
    if not promised:
        sys.exit(f"{header} declares no function: the check cannot read it")
    if extra := given - promised:
        sys.exit(f"exported but not in {header}: {sorted(extra)}")
    if missing := promised - given:
        sys.exit(f"in {header} but not exported: {sorted(missing)}")
    if names := optional(library):
        sys.exit(f"called if the host has them: {sorted(names)}")
    size = library.stat().st_size
    if size > MAX_BYTES:
        sys.exit(f"{library} has {size} bytes, more than {MAX_BYTES}")
    print(f"{len(promised)} functions are declared and exported, and nothing else, in {size} bytes")


if __name__ == "__main__":
    main()
