"""Python: libanchor next to the official SDK and requests."""

from bench import Bench
from commands import PROGRAMS, ROOT, Figures, figures

VENV, OFFICIAL = ROOT / "build/venv/bin/python", ROOT / "build/official/bin/python"
PYTHON = {"libanchor": VENV, "requests": VENV, "anchorbrowser": OFFICIAL}
CALLS = 300


def measure(bench: Bench) -> None:
    beside_official(bench)
    beside_requests(bench)
    at_once(bench, 2000 // bench.scale)


def of_module(bench: Bench, name: str, calls: int) -> Figures:
    interpreter = PYTHON[name.removesuffix("-async")]
    return figures([interpreter, PROGRAMS / "calls.py", name, bench.at.plain, calls], bench.at.ca_file)


def beside_official(bench: Bench) -> None:
    both = bench.pairs(lambda: of_module(bench, "libanchor", CALLS), lambda: of_module(bench, "anchorbrowser", CALLS))
    bench.ratio("Python: CPU / official SDK", both, "cpu", 1 / 20)
    bench.ratio("Python: wall / official SDK", both, "wall", 1 / 12)
    bench.ratio("Python: import to first answer / official SDK, time", both, "first", 1 / 30)
    bench.ratio("Python: import to first answer / official SDK, memory", both, "megabytes", 1 / 3)


def beside_requests(bench: Bench) -> None:
    both = bench.pairs(lambda: of_module(bench, "libanchor", CALLS), lambda: of_module(bench, "requests", CALLS))
    bench.ratio("Python: CPU / requests", both, "cpu", None)
    bench.ratio("Python: wall / requests", both, "wall", None)


def at_once(bench: Bench, calls: int) -> None:
    both = bench.pairs(
        lambda: of_module(bench, "libanchor-async", calls), lambda: of_module(bench, "anchorbrowser-async", calls)
    )
    bench.ratio(f"Python asyncio, {calls} calls at once: wall / official SDK", both, "wall", 1 / 25)
    bench.ratio(
        f"Python asyncio, {calls} calls, again on the same connections: wall / official SDK", both, "again", 1 / 25
    )
