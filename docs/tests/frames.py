"""Frames: programs around the blocks of a README, so that the blocks can be built and run.

A frame, docs/snippets/frames/NAME.EXTENSION.in, contains placeholders. `@README.md c 2@` is replaced
by the second C block of README.md, and `@README.md c 2.1@` by the first part of that block. Blank
lines separate parts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import markdown
from repository import BUILD, ROOT, SNIPPETS

if TYPE_CHECKING:
    from pathlib import Path

_PLACEHOLDER = re.compile(r"^( *)@(\S+) (\w+) (\d+)(?:\.(\d+))?@\n", re.MULTILINE)


def frames() -> list[Path]:
    """All frames."""
    return sorted((SNIPPETS / "frames").glob("*.in"))


def blocks_in_frames() -> set[tuple[str, str, int]]:
    """File, language and number of each block that frames contain completely."""
    placeholders = [found for frame in frames() for found in _PLACEHOLDER.findall(frame.read_text(encoding="utf-8"))]
    blocks = set()
    for _indent, name, language, number, _part in placeholders:
        parts = {part for _i, *block, part in placeholders if block == [name, language, number]}
        if "" in parts or len(parts) == len(_parts(_block(name, language, int(number)))):
            blocks.add((name, language, int(number)))
    return blocks


def filled(frame: Path) -> Path:
    """Writes the program of a frame, and returns its path."""
    program = BUILD / "frames" / frame.name.removesuffix(".in")
    program.parent.mkdir(parents=True, exist_ok=True)
    text = _PLACEHOLDER.sub(_fill, frame.read_text(encoding="utf-8"))
    program.write_text(text, encoding="utf-8")
    return program


def _fill(placeholder: re.Match[str]) -> str:
    indent, name, language, number, part = placeholder.groups()
    text = _block(name, language, int(number))
    if part:
        text = _parts(text)[int(part) - 1]
    text = re.sub(r"^\$ ", "", text, flags=re.MULTILINE) if language == "console" else text
    return "".join(f"{indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _block(name: str, language: str, number: int) -> str:
    blocks = [block for block in markdown.blocks(ROOT / name) if block.language == language]
    assert len(blocks) >= number, f"{name} has {len(blocks)} blocks of {language}, but a frame uses number {number}"
    return blocks[number - 1].text


def _parts(text: str) -> list[str]:
    return [f"{part.rstrip()}\n" for part in re.split(r"\n\n+", text.strip("\n"))]
