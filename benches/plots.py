"""Two plots beside benches/RESULTS.md, as SVG and PNG: what calls take when many are made at once."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

FOLDER = Path(__file__).resolve().parent
SIZE = (7, 4)


def save(figure, name):
    for form in ("svg", "png"):
        # Without a date the same figures give the same file.
        metadata = {"Date": None} if form == "svg" else {}
        figure.savefig(FOLDER / f"{name}.{form}", bbox_inches="tight", metadata=metadata, dpi=120)
    plt.close(figure)


def in_flight(growth):
    """Time for each call of a burst, against the size of the burst."""
    figure, axes = plt.subplots(figsize=SIZE)
    calls = [row[0] for row in growth]
    axes.plot(calls, [row[3] for row in growth], marker="o", label="on new connections")
    axes.plot(calls, [row[4] for row in growth], marker="s", label="on kept connections")
    axes.set(xscale="log", yscale="log", xlabel="calls under way at once, on one thread", ylabel="µs for each call")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "in-flight")


def latency(latencies):
    """How long callers wait, against how many call at once."""
    figure, axes = plt.subplots(figsize=SIZE)
    for name, style in (("libanchor", "-"), ("libcurl", "--")):
        for part, marker in (("p50", "o"), ("p99", "^")):
            points = sorted((callers, figures[part]) for who, callers, figures in latencies if who == name)
            axes.plot(*zip(*points, strict=True), style, marker=marker, label=f"{name}, {part}")
    axes.set(xscale="log", yscale="log", xlabel="callers at once, plain HTTP/1.1", ylabel="µs until the answer")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    save(figure, "latency")
