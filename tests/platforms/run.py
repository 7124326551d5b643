#!/usr/bin/env python3
"""Tests other platforms than this one: the wheel, the archive, the C and C++ wrappers, and small hosts.

    python3 tests/platforms/run.py [PLATFORM...]

For each platform the wheel and the archive are built and checked, and the test programs are compiled
and run: by musl's own loader, by an emulator, or by Wine. The sandbox that they talk to is a program of
this machine. For macOS the library is only compiled. Without arguments all platforms are tested. The
environment of packaging/requirements.txt must be on the PATH.
"""

import subprocess
import sys
import time

import archives
import programs
import wheels
from platforms import PLATFORMS, ROOT, make

ONLY_COMPILED = {"macos-aarch64"}


def main():
    names = sys.argv[1:] or [*PLATFORMS, *ONLY_COMPILED]
    if unknown := set(names) - PLATFORMS.keys() - ONLY_COMPILED:
        sys.exit(f"unknown platform: {', '.join(sorted(unknown))}; there are {', '.join([*PLATFORMS, *ONLY_COMPILED])}")
    make("sandbox-program")
    failed = [name for name in names if not (compiles(name) if name in ONLY_COMPILED else is_passed(PLATFORMS[name]))]
    if failed:
        print(f"failed platforms: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def compiles(name):
    """Whether the library compiles without a warning."""
    begun = time.monotonic()
    done = subprocess.run(["sh", "tests/platforms/compiles.sh", name], cwd=ROOT, stdout=sys.stderr, check=False)
    print(f"{name}: {'compiles' if done.returncode == 0 else 'does not compile'}, {time.monotonic() - begun:.0f} s")
    return done.returncode == 0


def is_passed(platform):
    """Tests a platform, and prints what it did and how long it took."""
    platform.prepare()
    begun = time.monotonic()
    wheel = wheels.build(platform)
    compiled = time.monotonic()
    passed = [
        wheels.is_working(platform, wheel),
        archives.is_working(platform),
        programs.run_all(platform, wheels.library(platform, wheel)),
    ]
    seconds = time.monotonic() - compiled
    print(f"{platform.name}: compiled in {compiled - begun:.0f} s, tested in {seconds:.0f} s", flush=True)
    return all(passed)


if __name__ == "__main__":
    sys.exit(main())
