"""Builds targets of the root Makefile for a script."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
OF_ANOTHER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")


def make(*targets):
    """Ends this program if make fails."""
    environment = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER_MAKE}
    command = ["make", "--no-print-directory", "--quiet", f"--jobs={os.cpu_count()}", *targets]
    # Standard output is for the figures of the caller.
    if subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False).returncode != 0:
        sys.exit(f"make {' '.join(targets)} failed")
