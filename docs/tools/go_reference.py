#!/usr/bin/env python3
"""Converts the output of `go doc -all` to a page: python3 go_reference.py FILE > PAGE."""

from __future__ import annotations

import re
import sys
from pathlib import Path

#: A heading in capitals, before all constants, variables, functions or types.
_PART = re.compile(r"^(CONSTANTS|VARIABLES|FUNCTIONS|TYPES)$")
_METHOD = re.compile(r"^func \(\w* ?\*?(\w+)\) (\w+)")
_NAMED = re.compile(r"^(?:func|type|var|const) (\w+)")
#: Indented lines between paragraphs: code.
_EXAMPLE = re.compile(r"(?<=\n\n)(?: {4}.*\n+)+")
_COMMAND = re.compile(r"[A-Z_]+=|\$ ")
_BEGIN_OF_DECLARATION = ("func ", "type ", "var ", "const ")


def page(text: str) -> str:
    """The page in Markdown: a heading for each part and each declaration, with code and comment."""
    head, _, rest = text.partition("\n\n")
    path = head.partition("import ")[2].strip('"')
    lines = ["# Go reference", "", "```go", f'import anchor "{path}"', "```", ""]
    declaring = False
    in_code = False
    for line in rest.splitlines():
        if _PART.match(line):
            lines += [f"## {line.capitalize()}", ""]
            declaring = True
        elif not declaring:
            lines += _of_package(line)
        elif in_code:
            lines.append(line)
            in_code = not line.startswith((")", "}"))
            lines += [] if in_code else ["```", ""]
        elif line.startswith(_BEGIN_OF_DECLARATION):
            lines += [*_heading(line), "```go", line]
            in_code = line.endswith(("{", "("))
            lines += [] if in_code else ["```", ""]
        else:
            lines.append(_prose(line.removeprefix("    ")))
    return _EXAMPLE.sub(_fenced, "\n".join(lines) + "\n")


def _fenced(example: re.Match[str]) -> str:
    text = re.sub("^ {4}", "", example[0].rstrip("\n"), flags=re.MULTILINE)
    language = "sh" if _COMMAND.match(text) else "go"
    return f"```{language}\n{text}\n```\n\n"


def _of_package(line: str) -> list[str]:
    """A line of the package's comment, with headings one level below the page's title."""
    return [f"#{line}" if line.startswith("# ") else _prose(line)]


def _heading(declaration: str) -> list[str]:
    if method := _METHOD.match(declaration):
        return [f"### {method[1]}.{method[2]}", ""]
    named = _NAMED.match(declaration)
    return [f"### {named[1]}", ""] if named else []


def _prose(line: str) -> str:
    """A line of a comment. Indented lines are code; in others, markup is escaped."""
    return line if line.startswith("    ") else re.sub(r"([*_<\[\]])", r"\\\1", line)


if __name__ == "__main__":
    sys.stdout.write(page(Path(sys.argv[1]).read_text(encoding="utf-8")))
