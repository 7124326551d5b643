"""Collects the rows of the table, each from pairs of runs."""

import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

from commands import Figures
from server import Server

Pairs = list[tuple[Figures, Figures]]


class Row(NamedTuple):
    measure: str
    value: float
    #: None if the figure has no target.
    target: float | None
    detail: str

    @property
    def met(self) -> bool | None:
        return None if self.target is None else self.value <= self.target


class Growth(NamedTuple):
    """The cost of a call when many are in flight."""

    calls: int
    kilobytes: float
    threads: int
    #: Microseconds per call, on new connections and then on the same ones.
    first: float
    again: float


class Latency(NamedTuple):
    """Microseconds until the answer, over plain HTTP."""

    program: str
    callers: int
    p50: float
    p99: float


class Sessions(NamedTuple):
    """Milliseconds until many sessions are paused, through the network."""

    program: str
    sessions: int
    milliseconds: float
    connections: float


class Bench:
    def __init__(self, at: Server, pairs: int, *, quick: bool) -> None:
        self.at, self.quick = at, quick
        self.pairs_each = pairs
        self.scale = 5 if quick else 1
        self.rows: list[Row] = []
        self.growth: list[Growth] = []
        self.latencies: list[Latency] = []
        self.sessions: list[Sessions] = []

    def pairs(self, ours: Callable[[], Figures], others: Callable[[], Figures], most: int = 9) -> Pairs:
        """Runs both programs in turn, at most so often. Which one is first alternates."""
        both = []
        for number in range(min(self.pairs_each, most)):
            first, second = (ours, others) if number % 2 == 0 else (others, ours)
            one, other = first(), second()
            both.append((one, other) if number % 2 == 0 else (other, one))
        return both

    def ratio(self, measure: str, pairs: Pairs, field: str, target: float | None) -> None:
        ratios = [ours[field] / others[field] for ours, others in pairs]
        absolute = [statistics.median(one[field] for one in side) for side in zip(*pairs, strict=True)]
        detail = f"{min(ratios):.2f} to {max(ratios):.2f}; {absolute[0]:.4g} / {absolute[1]:.4g}"
        self.row(measure, statistics.median(ratios), target, detail)

    def row(self, measure: str, value: float, target: float | None, detail: str) -> None:
        row = Row(measure, value, target, detail)
        self.rows.append(row)
        met = {True: "met ", False: "not ", None: "    "}[row.met]
        limit = "" if target is None else f"at most {target:.3g}; "
        print(f"{met} {measure}: {value:.3g} ({limit}{detail})", flush=True)

    def latency(self, programs: Sequence[str], callers: int, pairs: Pairs) -> None:
        """Adds the latencies of both programs, or of ours alone."""
        for program, side in zip(programs, zip(*pairs, strict=True), strict=False):
            p50, p99 = (statistics.median(one[part] for one in side) for part in ("p50", "p99"))
            self.latencies.append(Latency(program, callers, p50, p99))


def callers(count: int) -> str:
    return f"{count:,} caller{'s' * (count > 1)}"
