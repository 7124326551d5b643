#!/usr/bin/env python3
"""Tests other platforms than this one: the wheel, the C and C++ wrappers, and small hosts.

    python3 tests/platforms/run.py [PLATFORM...]

For each platform the wheel is built and checked, and the test programs are compiled and run: by musl's
own loader, by an emulator, or by Wine. The sandbox that they talk to is a program of this machine.
Without arguments all platforms are tested. The environment of packaging/requirements.txt must be on the
PATH.
"""

import sys
import time

import programs
import wheels
from platforms import PLATFORMS, make


def main():
    names = sys.argv[1:] or list(PLATFORMS)
    if unknown := set(names) - PLATFORMS.keys():
        sys.exit(f"unknown platform: {', '.join(sorted(unknown))}; there are {', '.join(PLATFORMS)}")
    make("sandbox-program")
    failed = [name for name in names if not is_passed(PLATFORMS[name])]
    if failed:
        print(f"failed platforms: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def is_passed(platform):
    """Tests a platform, and prints what it did and how long it took."""
    platform.prepare()
    begun = time.monotonic()
    wheel = wheels.build(platform)
    compiled = time.monotonic()
    passed = [wheels.is_working(platform, wheel), programs.run_all(platform, wheels.library(platform, wheel))]
    seconds = time.monotonic() - compiled
    print(f"{platform.name}: compiled in {compiled - begun:.0f} s, tested in {seconds:.0f} s", flush=True)
    return all(passed)


if __name__ == "__main__":
    sys.exit(main())
