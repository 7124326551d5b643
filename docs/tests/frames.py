"""Programs that the blocks of a README are put into, so that they can be built and run.

A frame, docs/snippets/frames/NAME.EXTENSION.in, holds lines such as `@README.md c 2@`: the second block of C in
README.md goes there. `@README.md c 2.1@` is the block's first part; parts are parted by blank lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import markdown
from repository import BUILD, ROOT, SNIPPETS

if TYPE_CHECKING:
    from pathlib import Path

_PLACE = re.compile(r"^( *)@(\S+) (\w+) (\d+)(?:\.(\d+))?@\n", re.MULTILINE)


def frames() -> list[Path]:
    """The frames that there are."""
    return sorted((SNIPPETS / "frames").glob("*.in"))


def blocks_in_frames() -> set[tuple[str, str, int]]:
    """File, language and number of each block that stands in a frame, with all its parts."""
    places = [place for frame in frames() for place in _PLACE.findall(frame.read_text(encoding="utf-8"))]
    found = set()
    for _indent, name, language, number, _part in places:
        parts = {part for _i, *where, part in places if where == [name, language, number]}
        if "" in parts or len(parts) == len(_parts(_block(name, language, int(number)))):
            found.add((name, language, int(number)))
    return found


def filled(frame: Path) -> Path:
    """The program that comes of a frame; it is written anew only if it changed."""
    program = BUILD / "frames" / frame.name.removesuffix(".in")
    program.parent.mkdir(parents=True, exist_ok=True)
    text = _PLACE.sub(_fill, frame.read_text(encoding="utf-8"))
    program.write_text(text, encoding="utf-8")
    return program


def _fill(place: re.Match[str]) -> str:
    indent, name, language, number, part = place.groups()
    text = _block(name, language, int(number))
    if part:
        text = _parts(text)[int(part) - 1]
    text = re.sub(r"^\$ ", "", text, flags=re.MULTILINE) if language == "console" else text
    return "".join(f"{indent}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _block(name: str, language: str, number: int) -> str:
    blocks = [block for block in markdown.blocks(ROOT / name) if block.language == language]
    assert len(blocks) >= number, f"{name} has {len(blocks)} blocks of {language}, and a frame wants number {number}"
    return blocks[number - 1].text


def _parts(text: str) -> list[str]:
    return [f"{part.rstrip()}\n" for part in re.split(r"\n\n+", text.strip("\n"))]
