"""C: libanchor and reqwest::blocking next to libcurl, a bare socket, and many calls in flight."""

import re
import tempfile
from pathlib import Path

from bench import Bench, Growth, Pairs, callers
from commands import BUILD, LIBRARY, REQWEST, ROOT, Figures, figures, run

HOST = ROOT / "build/hosts/inflight"


def measure(bench: Bench) -> None:
    for scheme, url in (("plain", bench.at.plain), ("TLS 1.3", bench.at.tls)):
        beside_libcurl(bench, scheme, url, 1, 4000)
        for count in (8, 64):
            beside_libcurl(bench, scheme, url, count, 8000 // count)
        instructions(bench, scheme, url)
    by_http2(bench, 1, 4000)
    by_http2(bench, 64, 125)
    thousand_threads(bench)
    beside_socket(bench)
    reqwest_blocking(bench, 1, 4000)
    reqwest_blocking(bench, 64, 125)
    in_flight(bench)
    size = LIBRARY.stat().st_size
    bench.row("shared library, stripped: MB", size / 1e6, 3.4, f"{size} bytes")


def of_program(bench: Bench, name: str, url: str, count: int, calls: int) -> Figures:
    program = REQWEST if name == "reqwest" else BUILD / name
    return figures([program, url, calls // bench.scale, count], bench.at.ca_file)


def pairs(bench: Bench, names: tuple[str, str], url: str, count: int, calls: int) -> Pairs:
    ours, others = names
    return bench.pairs(
        lambda: of_program(bench, ours, url, count, calls), lambda: of_program(bench, others, url, count, calls)
    )


def beside_libcurl(bench: Bench, scheme: str, url: str, count: int, calls: int) -> None:
    both = pairs(bench, ("libanchor", "libcurl"), url, count, calls)
    if scheme == "plain":
        bench.latency(("C: libanchor", "C: libcurl"), count, both)
    who = f"C, {scheme}, {callers(count)}"
    # A wall time of at most 1.0 is a throughput of at least 1.0.
    bench.ratio(f"{who}: wall / libcurl", both, "wall", 0.95 if count == 1 else 1.0)
    if count == 1:
        bench.ratio(f"{who}: CPU / libcurl", both, "cpu", 0.95)


def by_http2(bench: Bench, count: int, calls: int) -> None:
    both = pairs(bench, ("libanchor", "libcurl"), bench.at.http2, count, calls)
    bench.ratio(f"C, HTTP/2, {callers(count)}: wall / libcurl", both, "wall", None)


def thousand_threads(bench: Bench) -> None:
    # Not fewer in a quick run, because each caller makes few calls anyway.
    both = pairs(bench, ("libanchor", "libcurl"), bench.at.plain, 1000, 20 * bench.scale)
    bench.ratio(f"C, plain, {callers(1000)}: wall / libcurl", both, "wall", None)


def beside_socket(bench: Bench) -> None:
    both = pairs(bench, ("libanchor", "raw"), bench.at.plain, 1, 4000)
    bench.ratio("C, plain, 1 caller: wall / raw socket", both, "wall", 1.15)


def reqwest_blocking(bench: Bench, count: int, calls: int) -> None:
    both = pairs(bench, ("reqwest", "libcurl"), bench.at.plain, count, calls)
    bench.latency(("Rust: reqwest::blocking",), count, both)
    who = f"reqwest::blocking, plain, {callers(count)}"
    bench.ratio(f"{who}: wall / libcurl", both, "wall", None)
    if count == 1:
        bench.ratio(f"{who}: CPU / libcurl", both, "cpu", None)


def instructions(bench: Bench, scheme: str, url: str) -> None:
    ours, others = (instructions_of(bench, name, url) for name in ("libanchor", "libcurl"))
    bench.row(f"C, {scheme}, 1 caller: instructions / libcurl", ours / others, 0.85, f"{ours:.0f} / {others:.0f}")


def instructions_of(bench: Bench, name: str, url: str) -> float:
    """The instructions of one call. The difference of two runs excludes the start of the program."""
    counts = []
    with tempfile.TemporaryDirectory() as folder:
        for calls in (100, 1100):
            tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={Path(folder) / 'out'}"]
            told = run([*tool, BUILD / name, url, calls, 1], bench.at.ca_file).stderr
            counts += [int(count) for count in re.findall(r"Collected : (\d+)", told)]
    few, many = counts
    return (many - few) / 1000


def in_flight(bench: Bench) -> None:
    """The cost of a call against the number of calls in flight."""
    for calls in (1, 10, 100, 1000, 9500):
        told = run([HOST, calls, 1000000], bench.at.ca_file).stdout
        kilobytes, threads, first, again = map(float, re.findall(r"(?<=[ ,:])[0-9.]+(?= KB| threads| s)", told))
        bench.growth.append(Growth(calls, kilobytes, int(threads), first / calls * 1e6, again / calls * 1e6))
        print(told.strip(), flush=True)
    bench.row(f"C, {calls} in flight: KB per call", kilobytes, 16, "of the process's peak memory")
    bench.row(f"C, {calls} in flight: threads", threads, 2, "the host's and the queue's")
