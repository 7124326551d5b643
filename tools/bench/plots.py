"""Draws the plots for tools/bench/RESULTS.md: what a call costs when many are in flight."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from bench import Growth, Latency, Sessions
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

FOLDER = Path(__file__).resolve().parent
SIZE = (7, 4)


def save(figure: Figure, name: str) -> None:
    # Without a date the same figures give the same file.
    figure.savefig(FOLDER / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def in_flight(growth: list[Growth]) -> None:
    """Time per call of a burst, against the size of the burst."""
    figure, axes = plt.subplots(figsize=SIZE)
    calls = [row.calls for row in growth]
    axes.plot(calls, [row.first for row in growth], marker="o", label="on new connections")
    axes.plot(calls, [row.again for row in growth], marker="s", label="on open connections")
    axes.set(xscale="log", yscale="log", xlabel="calls in flight, on one thread", ylabel="µs per call")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "in-flight")


def latency(latencies: list[Latency]) -> None:
    """Latency of a call, against the number of concurrent callers."""
    figure, axes = plt.subplots(figsize=SIZE)
    for name, style in (("libanchor", "-"), ("libcurl", "--")):
        for part, marker in (("p50", "o"), ("p99", "^")):
            points = sorted((one.callers, getattr(one, part)) for one in latencies if one.program == f"C: {name}")
            axes.plot(*zip(*points, strict=True), style, marker=marker, label=f"{name}, {part}")
    axes.set(xscale="log", yscale="log", xlabel="concurrent callers, plain HTTP/1.1", ylabel="µs until the answer")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "latency")


def sessions(measured: list[Sessions]) -> None:
    """Time until all sessions are paused, against their number, through the network."""
    figure, axes = plt.subplots(figsize=SIZE)
    for program in dict.fromkeys(one.program for one in measured):
        points = [(one.sessions, one.milliseconds) for one in measured if one.program == program]
        axes.plot(*zip(*points, strict=True), "-" if "libanchor" in program else "--", marker="o", label=program)
    axes.set(xscale="log", yscale="log", xlabel="sessions at once, 50 ms away", ylabel="ms until all are paused")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "sessions")
