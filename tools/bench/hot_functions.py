#!/usr/bin/env python3
"""Writes src/hot_functions.txt: the functions of the library that every call runs.

    python3 tools/bench/hot_functions.py LIBRARY

LIBRARY is a release build that has its symbols. Callgrind runs calls over HTTP, TLS and HTTP/2. The list
begins with those of a call over plain HTTP.
"""

import re
import sys
import tempfile
from pathlib import Path

import commands
import server

CALLS = 1000
LIST = commands.ROOT / "src/hot_functions.txt"
HEAD = """\
# The functions that every call runs, by their symbols without the hash at the end. build.rs has the linker put
# them side by side, so that a call over HTTP/1.1 touches 94 pages of code instead of 164, and takes 2 to 5 %
# less CPU time. `make hot-functions` writes this list. A name that no longer exists has no effect.
"""
#: A function of Rust, and the hash that another compiler or version changes.
SYMBOL = re.compile(r"(_ZN.+17h)[0-9a-f]{16}E")


def main(library: Path) -> None:
    commands.build()
    names: dict[str, None] = {}
    with server.running() as at, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "libanchor.so.0").symlink_to(library.resolve())
        for url in (at.plain, at.tls, at.http2):
            profile = Path(folder) / "profile"
            tool = ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={profile}"]
            commands.run([*tool, commands.BUILD / "libanchor", url, CALLS, 1], at.ca_file, LD_LIBRARY_PATH=folder)
            names |= dict.fromkeys(hot_functions(profile.read_text()))
    LIST.write_text(HEAD + "".join(f"{name}\n" for name in names))
    print(f"{len(names)} functions: {LIST}")


def hot_functions(profile: str) -> list[str]:
    """The functions that run in each call, by their instructions, most first."""
    costs: dict[str, int] = {}
    symbols: dict[str, str] = {}
    function, is_of_callee = "", False
    for line in profile.splitlines():
        if named := re.match(r"c?fn=\((\d+)\)(?: (\S+))?", line):
            number, symbol = named.groups()
            if symbol:
                symbols[number] = symbol
            if line.startswith("fn"):
                function = symbols[number]
        elif line.startswith("calls="):
            is_of_callee = True
        elif cost := re.match(r"[+\-*\d]\S* (\d+)$", line):
            if not is_of_callee:
                costs[function] = costs.get(function, 0) + int(cost[1])
            is_of_callee = False
    hot = (function for function, cost in sorted(costs.items(), key=lambda each: -each[1]) if cost >= CALLS)
    return list(dict.fromkeys(symbol[1] for function in hot if (symbol := SYMBOL.match(function))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
