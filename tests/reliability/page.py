"""The page that holds the tables of the last runs."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/RELIABILITY.md"


def put(name, table):
    """Replaces what stands between the marks of that name."""
    before, _, after = split(name)
    begin, end = marks(name)
    PAGE.write_text(f"{before}{begin}\n{table}{end}{after}", encoding="utf-8")


def rows(name):
    """The cells of each row between the marks of that name."""
    lines = [line for line in split(name)[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def split(name):
    """What stands before the marks of that name, between them, and behind them."""
    begin, end = marks(name)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    between, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{PAGE} has no {begin} and {end}: put them where the table is to stand")
    return before, between, after


def marks(name):
    return f"<!-- {name} -->", f"<!-- end of {name} -->"


def row(*cells):
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |\n"


def header(*names):
    return row(*names) + "|---" * len(names) + "|\n"
