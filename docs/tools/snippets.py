#!/usr/bin/env python3
"""Copies the snippets into the pages: python3 snippets.py [--check].

A comment on the line before a block names its snippet, a file of docs/snippets or a part of one:
`<!-- snippet: c/pause.c:pause -->`. In the file, comments with `[begin pause]` and `[end pause]` enclose the
part. With --check the pages are left as they are, and those that differ are reported.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
SNIPPETS = DOCS / "snippets"
_BLOCK = re.compile(r"^(<!-- snippet: (\S+) -->\n(```+)\w+\n).*?(^\3\n)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^ *<!-- snippet:.*\n", re.MULTILINE)
_MARKER = re.compile(r"^.*\[(?:begin|end) \w+\].*\n", re.MULTILINE)


def with_snippets(page: str) -> str:
    """The text of a page with its snippets as they are now."""
    if len(_COMMENT.findall(page)) != len(_BLOCK.findall(page)):
        raise ValueError("a comment that names a snippet is not followed by a block")
    return _BLOCK.sub(lambda block: f"{block[1]}{snippet(block[2])}{block[4]}", page)


def snippet(name: str) -> str:
    """The text of a snippet, FILE or FILE:PART, without marks."""
    file, _, part = name.partition(":")
    text = (SNIPPETS / file).read_text(encoding="utf-8")
    if part:
        found = re.search(rf"\[begin {part}\][^\n]*\n(.*?)^[^\n]*\[end {part}\]", text, re.MULTILINE | re.DOTALL)
        if not found:
            raise ValueError(f"{file} has no part {part}")
        text = found[1]
    return textwrap.dedent(_MARKER.sub("", text)).strip("\n") + "\n"


def main(check: bool) -> int:
    differing = 0
    for page in sorted((DOCS / "pages").rglob("*.md")):
        old = page.read_text(encoding="utf-8")
        try:
            new = with_snippets(old)
        except (OSError, ValueError) as error:
            sys.exit(f"{page.relative_to(DOCS.parent)}: {error}")
        if new == old:
            continue
        differing += 1
        if check:
            print(f"{page.relative_to(DOCS.parent)} differs from its snippets: run make pages", file=sys.stderr)
        else:
            page.write_text(new, encoding="utf-8")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["--check"]))
