"""Two plots beside tools/bench/RESULTS.md, as SVG and PNG: what calls take when many are made at once."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from bench import Growth, Latency
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

FOLDER = Path(__file__).resolve().parent
SIZE = (7, 4)


def save(figure: Figure, name: str) -> None:
    for form in ("svg", "png"):
        # Without a date the same figures give the same file.
        metadata = {"Date": None} if form == "svg" else {}
        figure.savefig(FOLDER / f"{name}.{form}", bbox_inches="tight", metadata=metadata, dpi=120)
    plt.close(figure)


def in_flight(growth: list[Growth]) -> None:
    """Time for each call of a burst, against the size of the burst."""
    figure, axes = plt.subplots(figsize=SIZE)
    calls = [row.calls for row in growth]
    axes.plot(calls, [row.first for row in growth], marker="o", label="on new connections")
    axes.plot(calls, [row.again for row in growth], marker="s", label="on kept connections")
    axes.set(xscale="log", yscale="log", xlabel="calls under way at once, on one thread", ylabel="µs for each call")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "in-flight")


def latency(latencies: list[Latency]) -> None:
    """How long callers wait, against how many call at once."""
    figure, axes = plt.subplots(figsize=SIZE)
    for name, style in (("libanchor", "-"), ("libcurl", "--")):
        for part, marker in (("p50", "o"), ("p99", "^")):
            points = sorted((one.callers, getattr(one, part)) for one in latencies if one.program == f"C: {name}")
            axes.plot(*zip(*points, strict=True), style, marker=marker, label=f"{name}, {part}")
    axes.set(xscale="log", yscale="log", xlabel="callers at once, plain HTTP/1.1", ylabel="µs until the answer")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "latency")
