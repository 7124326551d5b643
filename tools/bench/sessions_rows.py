"""Many sessions paused at once through the network, and the memory of thousands of calls in flight."""

import statistics

import server
from bench import Bench, Sessions
from commands import BUILD, PROGRAMS, Figures, figures
from network import through
from python_rows import PYTHON

AT_ONCE = PROGRAMS / "at_once.py"
QUEUE, MULTI = "C: libanchor, a queue", "C: libcurl multi"
ASYNC, OFFICIAL = "Python: libanchor, asyncio", "Python: official SDK, asyncio, HTTP/1.1"
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
        runs = compare(bench, QUEUE, MULTI, count, target=1.0 if count == 1000 else None)
        if count == 1000:
            most = max(run["connections"] for run in runs)
            bench.row(f"C, {count:,} sessions at once: connections", most, CONNECTIONS, "the most of any run")
        compare(bench, GO, NET_HTTP, count)
        if count <= 1000:
            compare(bench, ASYNC, OFFICIAL, count)
        else:
            # The official SDK would take more than a minute.
            add_to_plot(bench, ASYNC, count, [run_once(bench, ASYNC, count) for _ in range(3)])
    in_flight(bench, 1000 if bench.quick else 9500)


def run_once(bench: Bench, program: str, count: int) -> Figures:
    # The official SDK cannot speak HTTP/2.
    url = bench.at.tls if program == OFFICIAL else bench.at.http2
    command = PROGRAM[program]
    return through(bench.at, url, lambda at: figures([*command, at, count], bench.at.ca_file, may_fail=True))


def add_to_plot(bench: Bench, program: str, count: int, runs: list[Figures]) -> None:
    wall, connections = (statistics.median(run[part] for run in runs) for part in ("wall", "connections"))
    bench.sessions.append(Sessions(program, count, wall, connections))


def compare(bench: Bench, ours: str, theirs: str, count: int, target: float | None = None) -> list[Figures]:
    """Runs both programs in pairs, and adds their row and their points of the plot. Returns our runs."""
    pairs = bench.pairs(
        lambda: run_once(bench, ours, count),
        lambda: run_once(bench, theirs, count),
        most=5 if count > 1000 else 9,
    )
    our_runs, their_runs = ([pair[side] for pair in pairs] for side in (0, 1))
    add_to_plot(bench, ours, count, our_runs)
    add_to_plot(bench, theirs, count, their_runs)
    if count >= 100:
        failed = [int(sum(run.get("failed", 0) for run in runs)) for runs in (our_runs, their_runs)]
        note = f" ({failed[0]:,} and {failed[1]:,} calls failed)" if any(failed) else ""
        language, _, other = theirs.partition(": ")
        what = f"{language}, HTTP/2, {count:,} sessions at once: wall / {other}{note}"
        bench.ratio(what, pairs, "wall", target)
    return our_runs


def in_flight(bench: Bench, count: int) -> None:
    """On loopback, with a server that answers when all requests have arrived."""
    with server.slow(max(count / 2000, 1), bench.at.slow):
        ours, others = (figures([*PROGRAM[name], bench.at.held, count], bench.at.ca_file) for name in (QUEUE, MULTI))
    who, libcurl = f"C, HTTP/2 on loopback, {count} in flight", "libcurl multi: {:.3g}"
    bench.row(f"{who}: KB per call", ours["kilobytes"], 8, libcurl.format(others["kilobytes"]))
    bench.row(f"{who}: threads", ours["threads"], 2, libcurl.format(others["threads"]))
