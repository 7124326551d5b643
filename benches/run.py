#!/usr/bin/env python3
"""Measures libanchor beside what a user would take instead, and writes benches/RESULTS.md.

    python3 benches/run.py [--quick]

A figure is the median of the ratios of pairs, whose two runs follow each other: what else the machine does meets both.
A benchmark reports; it never fails because of a figure.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import page
import plots
import server

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/benches"
LIBRARY = ROOT / "target/release/libanchor.so"
QUICK = "--quick" in sys.argv
PAIRS = 3 if QUICK else 9
PYTHON = {"libanchor": ROOT / "build/venv/bin/python", "anchorbrowser": ROOT / "build/official/bin/python"}
NEEDED = {"nginx": "nginx", "curl-config": "libcurl4-openssl-dev", "valgrind": "valgrind", "openssl": "openssl"}


def build():
    for program, package in NEEDED.items():
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: install it, on Debian with `apt-get install {package}`")
    BUILD.mkdir(parents=True, exist_ok=True)
    anchor = [f"-I{ROOT}/include", f"-L{LIBRARY.parent}", "-lanchor", f"-Wl,-rpath,{LIBRARY.parent}"]
    for name, flags in {"libanchor": anchor, "libcurl": ["-lcurl"], "raw": []}.items():
        source = ROOT / f"benches/programs/{name}.c"
        command = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", str(source), "-o", str(BUILD / name)]
        subprocess.run([*command, *flags, "-lpthread"], check=True)


def run(command, ca_file):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANCHORBROWSER")}
    environment.update({"BENCH_CA": ca_file, "PYTHONPATH": str(ROOT / "bindings/python/src")})
    environment.update({"ANCHOR_LIBRARY": str(LIBRARY), "ANCHORBROWSER_API_KEY": "sk-benchmark"})
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.strip()}")
    return done


class Bench:
    """The rows so far."""

    def __init__(self, at):
        self.at = at
        self.rows = []
        self.growth = []
        #: Who, how many callers, and the medians of their latencies; over plain HTTP.
        self.latencies = []

    def figures(self, name, url, calls, callers):
        return json.loads(run([BUILD / name, url, calls, callers], self.at.ca_file).stdout)

    def python(self, name, calls):
        program = ROOT / "benches/programs/calls.py"
        interpreter = PYTHON[name.removesuffix("-async")]
        return json.loads(run([interpreter, program, name, self.at.plain, calls], self.at.ca_file).stdout)

    def go(self, name, calls, callers):
        return json.loads(run([BUILD / "go", name, self.at.plain, calls, callers], self.at.ca_file).stdout)

    def pairs(self, ours, others):
        """Ours and theirs, of which now the one and now the other runs first."""
        both = []
        for number in range(PAIRS):
            first, second = (ours, others) if number % 2 == 0 else (others, ours)
            one, other = first(), second()
            both.append((one, other) if number % 2 == 0 else (other, one))
        return both

    def ratio(self, measure, pairs, field, target):
        ratios = [ours[field] / others[field] for ours, others in pairs]
        value = statistics.median(ratios)
        absolute = [statistics.median(one[field] for one in side) for side in zip(*pairs, strict=True)]
        self.row(
            measure, value, target, f"{min(ratios):.2f} to {max(ratios):.2f}; {absolute[0]:.4g} / {absolute[1]:.4g}"
        )

    def row(self, measure, value, target, detail):
        met = value <= target
        self.rows.append((measure, value, target, met, detail))
        print(f"{'met ' if met else 'not '} {measure}: {value:.3g} (at most {target:.3g}; {detail})", flush=True)

    def in_c(self, scheme, url, callers, calls):
        def one(name):
            return lambda: self.figures(name, url, calls, callers)

        pairs = self.pairs(one("libanchor"), one("libcurl"))
        if scheme == "plain":
            for name, side in zip(("libanchor", "libcurl"), zip(*pairs, strict=True), strict=True):
                median = {part: statistics.median(one[part] for one in side) for part in ("p50", "p99")}
                self.latencies.append((name, callers, median))
        who = f"C, {scheme}, {callers} caller{'s' * (callers > 1)}"
        # Throughput of at least 1.0 is wall time of at most 1.0.
        self.ratio(f"{who}: wall / libcurl", pairs, "wall", 0.95 if callers == 1 else 1.0)
        if callers == 1:
            self.ratio(f"{who}: CPU / libcurl", pairs, "cpu", 0.95)

    def raw(self, calls):
        pairs = self.pairs(
            lambda: self.figures("libanchor", self.at.plain, calls, 1),
            lambda: self.figures("raw", self.at.plain, calls, 1),
        )
        self.ratio("C, plain, 1 caller: wall / raw socket", pairs, "wall", 1.15)

    def instructions(self, scheme, url):
        each = [self.instructions_of(name, url) for name in ("libanchor", "libcurl")]
        detail = f"{each[0]:.0f} / {each[1]:.0f}"
        self.row(f"C, {scheme}, 1 caller: instructions / libcurl", each[0] / each[1], 0.85, detail)

    def instructions_of(self, name, url):
        """Of one call: of many less those of a few, so that the start does not count."""
        counts = []
        with tempfile.TemporaryDirectory() as folder:
            for calls in (100, 1100):
                tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
                told = run([*tool, BUILD / name, url, calls, 1], self.at.ca_file).stderr
                counts.append(int(re.search(r"Collected : (\d+)", told)[1]))
        return (counts[1] - counts[0]) / 1000

    def in_go(self, callers, calls):
        pairs = self.pairs(lambda: self.go("libanchor", calls, callers), lambda: self.go("net/http", calls, callers))
        who = f"Go, {callers} caller{'s' * (callers > 1)}"
        self.ratio(f"{who}: wall / net/http", pairs, "wall", 0.8)
        self.ratio(f"{who}: CPU / net/http", pairs, "cpu", 0.6)

    def in_flight(self):
        """How the cost of a call grows with the calls under way at once."""
        for calls in (1, 10, 100, 1000, 9500):
            told = run([ROOT / "build/host/inflight", calls, 1000000], self.at.ca_file).stdout
            kilobytes, threads, first, again = map(float, re.findall(r"(?<=[ ,:])[0-9.]+(?= KB| threads| s)", told))
            self.growth.append((calls, kilobytes, int(threads), first / calls * 1e6, again / calls * 1e6))
            print(told.strip(), flush=True)
        self.row(f"C, {calls} under way at once: KB each", kilobytes, 16, "of the process's peak memory")
        self.row(f"C, {calls} under way at once: threads", threads, 2, "the host's and the queue's")

    def in_python(self, calls, together):
        pairs = self.pairs(lambda: self.python("libanchor", calls), lambda: self.python("anchorbrowser", calls))
        self.ratio("Python: CPU / official SDK", pairs, "cpu", 1 / 20)
        self.ratio("Python: wall / official SDK", pairs, "wall", 1 / 7)
        self.ratio("Python: import to first answer / official SDK, time", pairs, "first", 1 / 30)
        self.ratio("Python: import to first answer / official SDK, memory", pairs, "megabytes", 1 / 3)
        pairs = self.pairs(
            lambda: self.python("libanchor-async", together), lambda: self.python("anchorbrowser-async", together)
        )
        self.ratio(f"Python asyncio, {together} calls at once: wall / official SDK", pairs, "wall", 1 / 40)


def main():
    build()
    scale = 5 if QUICK else 1
    with server.running() as at:
        bench = Bench(at)
        for scheme, url in (("plain", at.plain), ("TLS 1.3", at.tls)):
            bench.in_c(scheme, url, 1, 4000 // scale)
            for callers in (8, 64) if scheme == "plain" else (64,):
                bench.in_c(scheme, url, callers, 8000 // callers // scale)
            bench.instructions(scheme, url)
        bench.raw(4000 // scale)
        bench.in_go(1, 4000 // scale)
        bench.in_go(64, 200 // scale)
        bench.in_flight()
        bench.in_python(300, 2000 // scale)
    size = LIBRARY.stat().st_size / 1e6
    bench.row("shared library, stripped: MB", size, 3.0, f"{LIBRARY.stat().st_size} bytes")
    if not QUICK:
        page.write(bench.rows, bench.growth, PAIRS)
        plots.in_flight(bench.growth)
        plots.latency(bench.latencies)
    met = sum(row[3] for row in bench.rows)
    print(f"{met} of {len(bench.rows)} targets are met")


if __name__ == "__main__":
    main()
