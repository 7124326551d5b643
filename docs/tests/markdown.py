"""The headings, links and fenced blocks of a Markdown file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})([\w+-]*)")
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: +#+)?$")
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?: +\"[^\"]*\")?\)")
_DEFINITION = re.compile(r"^\[[^\]]+\]: +(\S+)")


@dataclass(frozen=True)
class Block:
    """A fenced block, its number among those of its language, and the line before it."""

    file: Path
    line: int
    language: str
    number: int
    before: str
    text: str


@dataclass(frozen=True)
class Link:
    """A link and where it is."""

    file: Path
    line: int
    target: str


def blocks(file: Path) -> list[Block]:
    """The fenced blocks of a file, in order."""
    found: list[Block] = []
    lines = file.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        number += 1
        if not opening:
            continue
        begin = number
        while number < len(lines) and lines[number].strip() != opening[2]:
            number += 1
        language = opening[3]
        text = "".join(f"{line.removeprefix(opening[1])}\n" for line in lines[begin:number])
        count = 1 + sum(block.language == language for block in found)
        found.append(Block(file, begin, language, count, _before(lines[: begin - 1]), text))
        number += 1
    return found


def links(file: Path) -> list[Link]:
    """The links of a file, except those in code."""
    found = []
    for number, line in _prose(file):
        text = re.sub(r"(`+).+?\1", "``", line)
        targets = _LINK.findall(text) + _DEFINITION.findall(text)
        found += [Link(file, number, target) for target in targets]
    return found


def anchors(file: Path) -> set[str]:
    """The anchors that GitHub generates for the headings of a file."""
    found: set[str] = set()
    for _number, line in _prose(file):
        heading = _HEADING.match(line)
        if heading:
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            earlier = sum(re.fullmatch(rf"{re.escape(slug)}(-\d+)?", other) is not None for other in found)
            found.add(f"{slug}-{earlier}" if earlier else slug)
    return found


def _before(lines: list[str]) -> str:
    return next((line for line in reversed(lines) if line.strip()), "")


def _prose(file: Path) -> list[tuple[int, str]]:
    """The numbered lines outside fenced blocks."""
    found = []
    fence = ""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        opening = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif opening:
            fence = opening[2]
        else:
            found.append((number, line))
    return found
