"""The page that holds the tables of the last runs."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/RELIABILITY.md"


def put(name, table):
    """Replaces what stands between the marks of that name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{PAGE} has no {begin} and {end}: put them where the table is to stand")
    PAGE.write_text(f"{before}{begin}\n{table}{end}{after}", encoding="utf-8")


def row(*cells):
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |\n"


def header(*names):
    return row(*names) + "|---" * len(names) + "|\n"
