#!/usr/bin/env python3
"""Checks installations: their files, and programs that are built with them while the sources are
hidden.

    python3 tests/release/install/run.py [CHECK...]
"""

import sys
import time

import debian
import native
import prefix
import support

CHECKS = {check.__name__: check for check in (*prefix.CHECKS, *native.CHECKS, *debian.CHECKS)}


def main():
    unknown = set(sys.argv[1:]) - CHECKS.keys()
    if unknown:
        sys.exit(f"unknown check: {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    with support.folder() as work:
        support.check_away(work)
    failures = 0
    for name in sys.argv[1:] or CHECKS:
        begun = time.monotonic()
        try:
            said = CHECKS[name]().strip().splitlines()[-1].rpartition("/")[-1]
        except support.Failure as failure:
            failures += 1
            said = f"FAILED: {failure}"
        print(f"install {name}: {said} ({time.monotonic() - begun:.1f} s)", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
