"""Many sessions paused at once through the network, and the memory of thousands of calls in flight."""

import statistics

import server
from bench import Bench, Sessions
from commands import BUILD, PROGRAMS, Figures, figures
from network import through
from python_rows import PYTHON

AT_ONCE = PROGRAMS / "at_once.py"
QUEUE, MULTI = "C: libanchor, a queue", "C: libcurl multi"
ASYNC, OFFICIAL = "Python: libanchor, asyncio", "Python: official SDK, asyncio"
GO, NET_HTTP = "Go: libanchor", "Go: net/http"
PROGRAM: dict[str, list[object]] = {
    QUEUE: [BUILD / "queue"],
    MULTI: [BUILD / "multi"],
    ASYNC: [PYTHON["libanchor"], AT_ONCE, "libanchor"],
    OFFICIAL: [PYTHON["anchorbrowser"], AT_ONCE, "anchorbrowser"],
    GO: [BUILD / "go", "libanchor"],
    NET_HTTP: [BUILD / "go", "net/http"],
}
#: Connections for 1,000 sessions. nginx allows 128 requests at once on each.
CONNECTIONS = 12


def measure(bench: Bench) -> None:
    for count in (100,) if bench.quick else (1, 10, 100, 1000, 10000):
        queue = beside(bench, QUEUE, MULTI, count, "libcurl multi", 1.0 if count == 1000 else None)
        if count == 1000:
            most = max(one["connections"] for one in queue)
            bench.row(f"C, {count:,} sessions at once: connections", most, CONNECTIONS, "the most of any run")
        beside(bench, GO, NET_HTTP, count, "net/http")
        if count <= 1000:
            beside(bench, ASYNC, OFFICIAL, count, "official SDK over HTTP/1.1")
        else:
            # The official SDK would take more than a minute.
            add(bench, ASYNC, count, [of_program(bench, ASYNC, count) for _ in range(3)])
    in_flight(bench, 1000 if bench.quick else 9500)


def of_program(bench: Bench, name: str, count: int) -> Figures:
    # The official SDK cannot speak HTTP/2.
    url = bench.at.tls if name == OFFICIAL else bench.at.http2
    command = PROGRAM[name]
    return through(bench.at, url, lambda at: figures([*command, at, count], bench.at.ca_file, may_fail=True))


def add(bench: Bench, name: str, count: int, told: list[Figures]) -> None:
    wall, connections = (statistics.median(one[part] for one in told) for part in ("wall", "connections"))
    bench.sessions.append(Sessions(name, count, wall, connections))


def beside(bench: Bench, ours: str, others: str, count: int, whom: str, target: float | None = None) -> list[Figures]:
    """Adds the figures of both programs, and returns ours."""
    both = bench.pairs(
        lambda: of_program(bench, ours, count),
        lambda: of_program(bench, others, count),
        most=5 if count > 1000 else 9,
    )
    told = [[pair[side] for pair in both] for side in (0, 1)]
    for name, side in zip((ours, others), told, strict=True):
        add(bench, name, count, side)
    if count >= 100:
        lost = [int(sum(one.get("failed", 0) for one in side)) for side in told]
        what = f"wall / {whom}" + (f" ({lost[0]:,} and {lost[1]:,} calls failed)" if any(lost) else "")
        bench.ratio(f"{ours.partition(':')[0]}, HTTP/2, {count:,} sessions at once: {what}", both, "wall", target)
    return told[0]


def in_flight(bench: Bench, count: int) -> None:
    """On loopback, with a server that answers when all requests have arrived."""
    with server.slow(max(count / 2000, 1), bench.at.slow):
        ours, others = (figures([*PROGRAM[name], bench.at.held, count], bench.at.ca_file) for name in (QUEUE, MULTI))
    who, libcurl = f"C, HTTP/2 on loopback, {count} in flight", "libcurl multi: {:.3g}"
    bench.row(f"{who}: KB per call", ours["kilobytes"], 8, libcurl.format(others["kilobytes"]))
    bench.row(f"{who}: threads", ours["threads"], 2, libcurl.format(others["threads"]))
