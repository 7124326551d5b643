"""The paths that the tests use, inside and outside this folder."""

from __future__ import annotations

import os
from pathlib import Path

import libanchor

REPOSITORY = Path(__file__).resolve().parents[3]
PROJECT = REPOSITORY / "bindings" / "python"
#: The folder that the package is imported from.
SOURCES = str(Path(libanchor.__file__).parents[1])
HEADER = REPOSITORY / "include" / "anchor.h"
MANIFEST = REPOSITORY / "Cargo.toml"
EXAMPLE = REPOSITORY / "examples" / "pause.py"
#: The table of answers that the tests of every wrapper share.
ANSWERS = REPOSITORY / "tests/wrappers/answers.tsv"
#: The virtual environment with the official SDK that `make build/official/ready` creates.
OFFICIAL = REPOSITORY / "build" / "official"
#: The shared library, and the program that stands in for the API.
LIBRARY = os.environ.get("ANCHOR_LIBRARY") or str(REPOSITORY / "target/release/libanchor.so")
SANDBOX = os.environ.get("ANCHOR_SANDBOX") or str(REPOSITORY / "target/debug/sandbox")
