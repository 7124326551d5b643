#!/usr/bin/env python3
"""Checks that pip builds a working package from the sdist with cargo, while the repository is
hidden.

    PYTHONPATH=tests/release/install python3 tools/with_sandbox.py --deadline 1800 -- \\
        python3 tests/release/install/python/check_sdist.py SDIST
"""

import pathlib
import sys
import tempfile

from clean_venv import CleanVenv

# Builds the library in release mode, including all dependencies.
BUILD_S = 1500


def main():
    sdist = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        venv = CleanVenv(pathlib.Path(folder))
        venv.install(sdist, deadline=BUILD_S)
        venv.check()
        print(f"{sdist.name}: built by pip, paused")


if __name__ == "__main__":
    main()
