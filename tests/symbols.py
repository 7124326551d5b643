#!/usr/bin/env python3
"""Fails unless the library exports exactly the functions that the header declares.

python3 tests/symbols.py LIBRARY HEADER
"""

import re
import subprocess
import sys


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    return {line.split()[-1].partition("@")[0] for line in lines.stdout.splitlines()}


def declared(header):
    with open(header, encoding="utf-8") as file:
        code = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*#[^\n]*(\\\n[^\n]*)*", "", file.read(), flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"(\w+)\([^()]*\);", code))


def main():
    library, header = exported(sys.argv[1]), declared(sys.argv[2])
    if not header:
        sys.exit(f"{sys.argv[2]} declares no function: the check cannot read it")
    if library != header:
        sys.exit(
            f"exported but not declared: {sorted(library - header)}; declared but not exported: {sorted(header - library)}"
        )
    print(f"{len(header)} functions are declared and exported, and nothing else")


if __name__ == "__main__":
    main()
