#!/usr/bin/env python3
"""Checks that the library exports exactly the functions of the header, calls no function that a
host may happen to define, runs nothing when the process exits, has the functions of a call side by side,
and is as small as promised.

    python3 tests/release/check_library.py LIBRARY HEADER
"""

import pathlib
import re
import subprocess
import sys

#: What Visual C++ makes an import library from.
DEF = pathlib.Path(__file__).resolve().parents[2] / "packaging/windows/anchor.def"
MAX_BYTES = 3_700_000
#: The functions of src/hot_functions.txt take 450 to 550 KB, and less with each name that is out of date.
MIN_HOT_BYTES = 300_000
# The C library and the linker look these up in every library.
USUAL = {"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__gmon_start__"}
# Functions of newer C libraries than the wheel is linked against. Rust's standard library works
# without them.
NEWER = {"__cxa_thread_atexit_impl", "getrandom", "gettid", "statx"}


def exported(library):
    if library.suffix == ".dll":
        told = subprocess.run(["objdump", "-p", library], check=True, capture_output=True, text=True).stdout
        names = told.partition("[Ordinal/Name Pointer] Table")[2].partition("\n\n")[0]
        return {line.split()[-1] for line in names.splitlines() if line.strip().startswith("[")}
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    return {line.split()[-1].partition("@")[0] for line in lines.stdout.splitlines()}


def optional(library):
    """Undefined functions of no library, which the host could define."""
    lines = subprocess.run(["nm", "-D", "--undefined-only", library], check=True, capture_output=True, text=True)
    weak = [line.split()[-1] for line in lines.stdout.splitlines() if line.split()[-2] in "vw"]
    return {name for name in weak if "@" not in name} - USUAL - NEWER


def has_destructors(library):
    """Whether functions run at exit, while other threads may be inside calls."""
    dynamic = subprocess.run(["readelf", "-dW", library], check=True, capture_output=True, text=True).stdout
    return "(FINI_ARRAY)" in dynamic


def hot_bytes(library):
    """The size of the functions that build.rs has put side by side."""
    sections = subprocess.run(["readelf", "-SW", library], check=True, capture_output=True, text=True).stdout
    hot = re.search(r" \.text\.hot +PROGBITS +\w+ \w+ (\w+) ", sections)
    return int(hot[1], 16) if hot else 0


def declared(header):
    text = header.read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"(\w+)\([^()]*\);", code))


def main():
    library, header = map(pathlib.Path, sys.argv[1:])
    given, promised = exported(library), declared(header)
    if not promised:
        sys.exit(f"{header} declares no function: the header cannot be parsed")
    if extra := given - promised:
        sys.exit(f"exported but not in {header}: {sorted(extra)}")
    if set(DEF.read_text(encoding="utf-8").split()[3:]) != promised:
        sys.exit(f"{DEF} does not name the functions of {header}: run make header")
    if missing := promised - given:
        sys.exit(f"in {header} but not exported: {sorted(missing)}")
    if library.suffix == ".dll":
        # Its loader has no weak names, and stops all other threads before anything runs at exit.
        return conclude(library, promised)
    if names := optional(library):
        sys.exit(f"called if the host defines them: {sorted(names)}")
    if has_destructors(library):
        sys.exit(f"{library} has destructors: the linker script of build.rs was not used")
    if (size := hot_bytes(library)) < MIN_HOT_BYTES:
        sys.exit(f"only {size} bytes of {library} are those of src/hot_functions.txt: run make hot-functions")
    return conclude(library, promised)


def conclude(library, promised):
    size = library.stat().st_size
    if size > MAX_BYTES:
        sys.exit(f"{library} has {size} bytes, more than {MAX_BYTES}")
    print(f"the header and the library have the same {len(promised)} functions; {size} bytes")


if __name__ == "__main__":
    main()
