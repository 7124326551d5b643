"""Reads and writes the tables in docs/RELIABILITY.md."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/RELIABILITY.md"


def put(name, table):
    """Replaces the text between the marks with this name."""
    before, _, after = split(name)
    begin, end = marks(name)
    PAGE.write_text(f"{before}{begin}\n{table}{end}{after}", encoding="utf-8")


def rows(name):
    """The cells of each row between the marks with this name."""
    lines = [line for line in split(name)[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def split(name):
    """The text before the marks with this name, between them, and after them."""
    begin, end = marks(name)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    between, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{PAGE} has no {begin} and {end}: add them where the table belongs")
    return before, between, after


def marks(name):
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def row(*cells):
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |\n"


def header(*names):
    return row(*names) + "|---" * len(names) + "|\n"
