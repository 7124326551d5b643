"""From Go: libanchor beside net/http."""

from bench import Bench, callers
from commands import BUILD, Figures, figures


def measure(bench: Bench) -> None:
    beside_net_http(bench, 1, 4000, wall=0.8, cpu=0.6)
    beside_net_http(bench, 8, 1000)
    beside_net_http(bench, 64, 200, wall=0.8, cpu=0.6)


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
