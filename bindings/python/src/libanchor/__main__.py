"""`python -m libanchor` prints the versions of the package and of the shared library, and its path."""

import sys
from pathlib import Path

from . import AnchorbrowserError, __version__, library_version
from ._native.library import load


def main() -> int:
    print(f"libanchor {__version__} for Python, in {Path(__file__).parent}")
    try:
        print(f"the shared library {load().path} loads, and is version {library_version()}")
    except AnchorbrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
