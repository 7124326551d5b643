"""AsyncAnchorbrowser next to net/http, on loopback over HTTP/2: many sessions at once by a process that
has no connection yet, also with a server that keeps ending connections.
"""

import server
from bench import Bench, Pairs
from commands import BUILD, PROGRAMS, Figures, figures
from python_rows import PYTHON
from server import Server


def measure(bench: Bench) -> None:
    for count in (500,) if bench.quick else (500, 3000):
        who = f"asyncio, HTTP/2 on loopback, {count:,} sessions at once"
        beside_net_http(bench, who, pairs(bench, bench.at, bench.at.http2, count))
        # net/http leaves some of these calls without an answer until their time is up.
        limited = pairs(bench, bench.at, bench.at.seven, count, limit=2 if bench.quick else 10, most=3)
        beside_net_http(bench, f"{who}, 7 requests per connection", limited)
    with server.running() as other, server.reloaded(other):
        both = pairs(bench, other, other.http2, 500 if bench.quick else 3000, rounds=20, most=3)
    failed(bench, f"{who}, 20 times, nginx reloads 4 times a second", both)


def pairs(bench: Bench, at: Server, url: str, count: int, rounds: int = 1, limit: int = 30, most: int = 9) -> Pairs:
    ours = [PYTHON["libanchor"], PROGRAMS / "at_once.py", "libanchor", url, count, rounds]
    others = [BUILD / "go", "net/http", url, count]

    def run(command: list[object]) -> Figures:
        at.settle(url)
        return figures(command, at.ca_file, may_fail=True, BENCH_TIMEOUT=f"{limit}s")

    return bench.pairs(lambda: run(ours), lambda: run(others), most)


def beside_net_http(bench: Bench, who: str, both: Pairs) -> None:
    bench.ratio(f"{who}: wall / net/http", both, "wall", 1.0)
    failed(bench, who, both)


def failed(bench: Bench, who: str, both: Pairs) -> None:
    ours, others = (sum(one["failed"] for one in side) for side in zip(*both, strict=True))
    bench.row(f"{who}: failed calls, without retries", ours, 0, f"net/http: {others:.0f}, once each")
