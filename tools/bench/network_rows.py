"""A pause through the network: the first one of a process, one on an open connection, one after a
silence, and the first ones of many threads.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor

from bench import Bench, Pairs
from commands import BUILD, PROGRAMS, Figures, figures
from network import ROUND_TRIP, through
from python_rows import PYTHON

#: Seconds. The server closes a connection after 60.
SILENCE = 300


def measure(bench: Bench) -> None:
    for protocol, url in (("HTTP/1.1", bench.at.tls), ("HTTP/2", bench.at.http2)):
        one_caller(bench, f"C, {protocol}", url)
        connected_ahead(bench, f"C, {protocol}", url)
        many_threads(bench, f"C, {protocol}", url, 64)
    with_system_certificates(bench)
    if not bench.quick:
        after_silence(bench)
    process_of_python(bench)
    handshakes(bench)


def of_program(
    bench: Bench, name: str, url: str, calls: int = 1, callers: int = 1, *, ca_file: str = "", **more: str
) -> Figures:
    """Milliseconds: "prepared" until the calls begin, "first" until all callers have had an answer, and
    "later" for a later call.
    """
    trusted = ca_file or bench.at.ca_file
    told = through(
        bench.at, url, lambda at: figures([BUILD / name, at, calls, callers], trusted, may_fail=False, **more)
    )
    return {**told, "prepared": told["prepared"] / 1000, "first": told["first"] / 1000, "later": told["p50"] / 1000}


def beside_libcurl(bench: Bench, url: str, calls: int = 1, callers: int = 1, ca_file: str = "") -> Pairs:
    return bench.pairs(
        lambda: of_program(bench, "libanchor", url, calls, callers, ca_file=ca_file),
        lambda: of_program(bench, "libcurl", url, calls, callers, ca_file=ca_file),
    )


def one_caller(bench: Bench, who: str, url: str) -> None:
    both = beside_libcurl(bench, url, calls=20 // bench.scale)
    bench.ratio(f"{who}, first pause of a process: wall / libcurl", both, "first", 1.0)
    bench.ratio(f"{who}, open connection: wall / libcurl", both, "later", None)
    ours, others = (statistics.median(one["later"] for one in side) - ROUND_TRIP for side in zip(*both, strict=True))
    bench.row(f"{who}, open connection: ms beyond a round trip", ours, None, f"libcurl: {others:.3g}")


def connected_ahead(bench: Bench, who: str, url: str) -> None:
    told = [of_program(bench, "libanchor", url, BENCH_CONNECT="yes") for _ in range(bench.pairs_each)]
    beyond = [one["first"] - one["prepared"] - ROUND_TRIP for one in told]
    connecting = statistics.median(one["prepared"] for one in told)
    detail = f"{min(beyond):.2f} to {max(beyond):.2f}; connecting took {connecting:.4g}"
    bench.row(f"{who}, first pause after anchor_connect: ms beyond a round trip", statistics.median(beyond), 1, detail)


def with_system_certificates(bench: Bench) -> None:
    both = beside_libcurl(bench, bench.at.http2, ca_file=bench.at.trust_store)
    who = "C, HTTP/2, first pause of a process, trusting the system's certificates"
    bench.ratio(f"{who}: wall / libcurl", both, "first", None)


def many_threads(bench: Bench, who: str, url: str, callers: int) -> None:
    both = beside_libcurl(bench, url, callers=callers)
    bench.ratio(f"{who}, first pauses of {callers} threads at once: wall / libcurl", both, "first", None)


def after_silence(bench: Bench) -> None:
    """All programs are silent at the same time. Then each one calls in a second of its own."""
    urls = {"HTTP/1.1": bench.at.impatient, "HTTP/2": bench.at.impatient_http2}
    programs = [(protocol, name) for protocol in urls for name in ("libanchor", "libcurl")]
    jobs = programs * bench.pairs_each
    with ThreadPoolExecutor(len(jobs)) as threads:
        waiting = [
            threads.submit(of_program, bench, name, urls[protocol], BENCH_SILENCE=str(SILENCE + second))
            for second, (protocol, name) in enumerate(jobs)
        ]
    told = [future.result() for future in waiting]
    for position, protocol in enumerate(urls):
        ours, others = told[2 * position :: len(programs)], told[2 * position + 1 :: len(programs)]
        both = list(zip(ours, others, strict=True))
        bench.ratio(f"C, {protocol}, after {SILENCE // 60} minutes of silence: wall / libcurl", both, "later", None)


def of_module(bench: Bench, name: str) -> Figures:
    program = [PYTHON[name], PROGRAMS / "calls.py", name]
    told = through(bench.at, bench.at.tls, lambda at: figures([*program, at, 1], bench.at.ca_file))
    return {**told, "first": told["first"] * 1000, "client": told["client"] * 1000}


def process_of_python(bench: Bench) -> None:
    both = bench.pairs(lambda: of_module(bench, "libanchor"), lambda: of_module(bench, "anchorbrowser"))
    who = "Python, HTTP/1.1, first pause of a process"
    bench.ratio(f"{who}: wall / official SDK", both, "first", 0.5)
    bench.ratio(f"{who}, from the creation of the client: wall / official SDK", both, "client", None)


def handshakes(bench: Bench) -> None:
    """The bytes of connections with one pause each, less those of a pause."""
    few, many = (of_program(bench, "libanchor", bench.at.tls, calls) for calls in (1, 2))
    # Each call is made twice, the first time to warm up.
    of_pause = (many["bytes1"] - few["bytes1"]) / 2
    command = [PYTHON["libanchor"], PROGRAMS / "connections.py"]
    told = through(bench.at, bench.at.single, lambda at: figures([*command, at], bench.at.ca_file))
    for number, which in enumerate(("first", "next, same client", "next, other client"), 1):
        size = told[f"bytes{number}"] - of_pause
        bench.row(f"TLS handshake of a connection, {which}: KB", size / 1000, None, f"{size:.0f} bytes")
