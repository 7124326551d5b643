#!/usr/bin/env python3
"""Measures libanchor next to its alternatives, and writes tools/bench/RESULTS.md.

    python3 tools/bench/run.py [--quick]

A figure is the median of ratios. Each ratio is that of two consecutive runs, so that other load
affects both. With --quick there are few runs, and nothing is written. The benchmark never fails
because of a figure.
"""

import sys

import c_rows
import cold_rows
import commands
import go_rows
import network_rows
import page
import plots
import python_rows
import server
import sessions_rows
from bench import Bench


def main() -> None:
    quick = "--quick" in sys.argv
    commands.allow_files()
    commands.build()
    with server.running() as at:
        bench = Bench(at, 3 if quick else 9, quick=quick)
        c_rows.measure(bench)
        go_rows.measure(bench)
        python_rows.measure(bench)
        network = Bench(at, 1 if quick else 9, quick=quick)
        network_rows.measure(network)
        sessions_rows.measure(network)
        cold_rows.measure(network)
    if not quick:
        page.write(bench, network)
        plots.in_flight(bench.growth)
        plots.latency(bench.latencies)
        plots.sessions(network.sessions)
    judged = [row.met for row in bench.rows + network.rows if row.met is not None]
    print(f"{sum(judged)} of {len(judged)} targets are met")


if __name__ == "__main__":
    main()
