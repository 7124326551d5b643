#!/usr/bin/env python3
"""Writes the pages and the guides as the site's generator needs them: python3 pages.py FOLDER.

The committed pages, and the READMEs of the wrappers, which are the guides, read well on a website
of the repository. On the site links to files lead to the pages made of them, or to that website, and
the same program in several languages gets tabs.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("c", "cpp", "python", "go")
_WEBSITE = "https://github.com/libanchor/libanchor"
_SOURCES = "docs/pages"
#: Files and headings that have a page of another name.
_PAGES = {
    "README.md": "index.md",
    "README.md#install": "install.md",
    "include/anchor.h": "reference/c.md",
    "bindings/c/include/anchor_easy.h": "reference/c-wrapper.md",
    **{f"bindings/{language}/README.md": f"guides/{language}.md" for language in LANGUAGES},
    **{f"bindings/{language}": f"guides/{language}.md" for language in LANGUAGES},
}
#: Sources whose comments are a reference.
_REFERENCES = {
    r"bindings/cpp/include/.*\.hpp": "reference/cpp.md",
    r"bindings/python/src/libanchor/\w+\.py": "reference/python.md",
    r"bindings/go/\w+\.go": "reference/go.md",
}
_LINK = re.compile(r"\]\(([^)\s]+)\)")
#: The name of a language in bold, and a block.
_TAB = re.compile(r"^\*\*([\w+]+)\*\*\n\n(```\w+\n.*?^```\n)", re.MULTILINE | re.DOTALL)
_SNIPPET = re.compile(r"^<!-- snippet: .*\n", re.MULTILINE)


def for_site(text: str, source: str, page: str) -> str:
    """The text of a page of the site that is made of a file of the repository."""
    lines = []
    in_code = False
    for line in _SNIPPET.sub("", text).splitlines(keepends=True):
        in_code ^= line.startswith("```")
        lines.append(line if in_code else _LINK.sub(lambda link: f"]({address(link[1], source, page)})", line))
    return _TAB.sub(_tab, "".join(lines))


def address(target: str, source: str, page: str) -> str:
    """What a page of the site links to, where the file that it is made of links to this target."""
    if re.match(r"\w+:|#", target):
        return target
    path, _, fragment = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    anchor = f"#{fragment}" if fragment else ""
    if f"{path}{anchor}" in _PAGES:
        return posixpath.relpath(_PAGES[f"{path}{anchor}"], posixpath.dirname(page))
    of_site = _page(path)
    if of_site:
        return posixpath.relpath(of_site, posixpath.dirname(page)) + anchor
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{_WEBSITE}/{kind}/main/{path}{anchor}"


def _page(path: str) -> str:
    """The page of the site that is made of a file or folder of the repository, or ""."""
    if path.startswith(f"{_SOURCES}/"):
        return path.removeprefix(f"{_SOURCES}/")
    references = [page for pattern, page in _REFERENCES.items() if re.fullmatch(pattern, path)]
    return _PAGES.get(path) or "".join(references)


def _tab(found: re.Match[str]) -> str:
    block = "".join(f"    {line}" if line.strip() else line for line in found[2].splitlines(keepends=True))
    return f'=== "{found[1]}"\n\n{block}'


def main(folder: Path) -> None:
    made = {f"bindings/{language}/README.md": f"guides/{language}.md" for language in LANGUAGES}
    for file in (ROOT / _SOURCES).rglob("*.md"):
        made[file.relative_to(ROOT).as_posix()] = file.relative_to(ROOT / _SOURCES).as_posix()
    for source, page in made.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text(for_site(text, source, page), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
