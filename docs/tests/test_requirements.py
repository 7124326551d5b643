"""The README and the page on installing name every shared library that libanchor.so needs."""

from __future__ import annotations

import re
import subprocess

import programs
import pytest
from repository import ROOT

#: The names by which users know the libraries.
KNOWN = {r"libc\.so\.6": "glibc", r"ld-linux[\w-]*\.so\.\d": "glibc", r"libgcc_s\.so\.1": "libgcc_s"}


@pytest.mark.parametrize("page", ["README.md", "docs/pages/install.md"])
def test_needed_libraries_are_named(page: str) -> None:
    listed = subprocess.run(["readelf", "-d", str(programs.LIBRARY)], capture_output=True, text=True, check=True)
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", listed.stdout)
    assert needed
    text = (ROOT / page).read_text(encoding="utf-8")
    for library in needed:
        names = [name for pattern, name in KNOWN.items() if re.fullmatch(pattern, library)]
        assert names, f"{library} is new: name it in the README and in docs/pages/install.md"
        assert names[0] in text, f"{page} does not name {names[0]}"
