"""Go: libanchor next to net/http."""

import statistics

import server
from bench import Bench, callers
from commands import BUILD, Figures, figures


def measure(bench: Bench) -> None:
    beside_net_http(bench, 1, 4000, wall=0.8, cpu=0.6)
    beside_net_http(bench, 8, 1000)
    beside_net_http(bench, 64, 200, wall=0.8, cpu=0.8)
    at_once(bench, 4000)


def of_client(bench: Bench, client: str, count: int, calls: int) -> Figures:
    return figures([BUILD / "go", client, bench.at.plain, calls // bench.scale, count], bench.at.ca_file)


def beside_net_http(bench: Bench, count: int, calls: int, wall: float | None = None, cpu: float | None = None) -> None:
    both = bench.pairs(
        lambda: of_client(bench, "libanchor", count, calls), lambda: of_client(bench, "net/http", count, calls)
    )
    bench.latency(("Go: libanchor", "Go: net/http"), count, both)
    who = f"Go, {callers(count)}"
    bench.ratio(f"{who}: wall / net/http", both, "wall", wall)
    bench.ratio(f"{who}: CPU / net/http", both, "cpu", cpu)


def at_once(bench: Bench, calls: int) -> None:
    """One goroutine per call, against a server that answers after a second."""
    with server.slow() as url:
        both = bench.pairs(
            lambda: figures([BUILD / "go", "libanchor", url, calls], bench.at.ca_file),
            lambda: figures([BUILD / "go", "net/http", url, calls], bench.at.ca_file),
        )
    ours, others = (sorted(one["threads"] for one in side) for side in zip(*both, strict=True))
    threads, theirs = statistics.median(ours), statistics.median(others)
    detail = f"{ours[0]:.0f} to {ours[-1]:.0f}; net/http: {theirs:.0f}"
    bench.row(f"Go, {calls:,} at once: threads", threads, 12, detail)
    bench.ratio(f"Go, {calls:,} at once: memory / net/http", both, "megabytes", 1.0)
