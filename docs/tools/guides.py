#!/usr/bin/env python3
"""Copies the READMEs of the wrappers to the site, as guides: python3 guides.py FOLDER.

On the site the same links lead to its pages. Files of the repository that are no page are shown by
the repository's website.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("c", "cpp", "python", "go")
_WEBSITE = "https://github.com/libanchor/libanchor"
#: Files and headings that have a page of another name.
_PAGES = {
    "README.md": "index.md",
    "README.md#install": "install.md",
    "include/anchor.h": "reference/c.md",
    "bindings/c/include/anchor_easy.h": "reference/c-wrapper.md",
    "bindings/cpp/include/anchor.hpp": "reference/cpp.md",
    **{f"bindings/{language}/README.md": f"guides/{language}.md" for language in LANGUAGES},
    **{f"bindings/{language}": f"guides/{language}.md" for language in LANGUAGES},
}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def guide(language: str) -> str:
    """The guide for a language, with links as the site needs them."""
    folder = f"bindings/{language}"
    lines = []
    in_code = False
    for line in (ROOT / folder / "README.md").read_text(encoding="utf-8").splitlines(keepends=True):
        in_code ^= line.startswith("```")
        lines.append(line if in_code else _LINK.sub(lambda link: f"]({address(link[1], folder)})", line))
    return "".join(lines)


def address(target: str, folder: str) -> str:
    """The address for a page in guides of what a Markdown file in a folder of the repository links to."""
    if re.match(r"\w+:|#", target):
        return target
    path, _, fragment = target.partition("#")
    path = posixpath.normpath(posixpath.join(folder, path))
    anchor = f"#{fragment}" if fragment else ""
    if f"{path}{anchor}" in _PAGES:
        return f"../{_PAGES[f'{path}{anchor}']}"
    if path in _PAGES:
        return f"../{_PAGES[path]}{anchor}"
    if path.startswith("docs/pages/"):
        return f"../{path.removeprefix('docs/pages/')}{anchor}"
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{_WEBSITE}/{kind}/main/{path}{anchor}"


if __name__ == "__main__":
    for of in LANGUAGES:
        (Path(sys.argv[1]) / f"{of}.md").write_text(guide(of), encoding="utf-8")
