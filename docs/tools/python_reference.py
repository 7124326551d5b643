#!/usr/bin/env python3
"""Writes the reference of the package libanchor: python3 python_reference.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

import libanchor
import pdoc
import pdoc.render


def show_inherited_members() -> None:
    """Copies members of private base classes into the public classes, because pdoc omits them."""
    public = {getattr(libanchor, name) for name in libanchor.__all__}
    for shown in public:
        if not isinstance(shown, type):
            continue
        for base in shown.__mro__[1:]:
            if base in public or not base.__module__.startswith("libanchor."):
                continue
            for name, member in vars(base).items():
                if (name == "__init__" or not name.startswith("_")) and name not in vars(shown):
                    setattr(shown, name, member)


if __name__ == "__main__":
    show_inherited_members()
    templates = Path(__file__).with_name("pdoc")
    pdoc.render.configure(docformat="google", show_source=False, template_directory=templates)
    pdoc.pdoc("libanchor", output_directory=Path(sys.argv[1]))
