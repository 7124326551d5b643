"""The root folder and the version of the project."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def version():
    """The version of everything. Only Cargo.toml holds it."""
    found = re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1]
