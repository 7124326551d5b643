"""Writes the tables between the marks in tools/bench/RESULTS.md. The rest of the page is written by
hand.
"""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from bench import Bench, Latency, Row, Sessions, callers

PAGE = Path(__file__).resolve().parent / "RESULTS.md"
MARKS = ("<!-- figures -->\n", "<!-- end of figures -->\n")


def said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def processor() -> str:
    names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return names[0] if names else platform.machine()


def machine() -> str:
    versions = [said(["curl-config", "--version"]), said(["openssl", "version"]), f"Python {platform.python_version()}"]
    libc = " ".join(platform.libc_ver())
    return f"{os.cpu_count()} cores ({processor()}), Linux {platform.release()}, {libc}, " + ", ".join(versions)


def latencies(measured: list[Latency]) -> list[str]:
    """A line per program, with p50 / p99 for each number of callers."""
    counts = sorted({one.callers for one in measured})
    head = "".join(f" {callers(count)} |" for count in counts)
    lines = [f"\n| µs until the answer, p50 / p99 |{head}\n", "|---|" + "---|" * len(counts) + "\n"]
    for program in dict.fromkeys(one.program for one in measured):
        of_program = {one.callers: f"{one.p50:.0f} / {one.p99:.0f}" for one in measured if one.program == program}
        lines.append(f"| {program} |" + "".join(f" {of_program.get(count, '')} |" for count in counts) + "\n")
    return lines


def table(rows: list[Row], units: str) -> list[str]:
    lines = [
        f"\n| measure | figure | target, at most | | range of the pairs; ours / theirs in {units} |\n",
        "|---|---|---|---|---|\n",
    ]
    for row in rows:
        met = {True: "met", False: "**not met**", None: ""}[row.met]
        target = "" if row.target is None else f"{row.target:.3g}"
        lines.append(f"| {row.measure} | {row.value:.3g} | {target} | {met} | {row.detail} |\n")
    return lines


def sessions(measured: list[Sessions]) -> list[str]:
    """A line per program, with the time and the connections for each number of sessions."""
    counts = sorted({one.sessions for one in measured})
    head = "".join(f" {count:,} |" for count in counts)
    lines = [f"\n| ms for so many sessions at once / connections |{head}\n", "|---|" + "---|" * len(counts) + "\n"]
    for program in dict.fromkeys(one.program for one in measured):
        cells = {
            one.sessions: f"{one.milliseconds:,.0f} / {one.connections:,.0f}"
            for one in measured
            if one.program == program
        }
        lines.append(f"| {program} |" + "".join(f" {cells.get(count, '')} |" for count in counts) + "\n")
    return lines


def write(bench: Bench, network: Bench) -> None:
    lines = [f"Measured on {datetime.date.today()}, medians of {bench.pairs_each} pairs: {machine()}.\n"]
    lines += table(bench.rows, "µs, s or MB")
    lines.append("\n| calls in flight | KB per call | threads | µs per call, connecting | µs per call, connected |\n")
    lines.append("|---|---|---|---|---|\n")
    for calls, kilobytes, threads, first, again in bench.growth:
        lines.append(f"| {calls} | {kilobytes:.1f} | {threads} | {first:.0f} | {again:.0f} |\n")
    lines += latencies(bench.latencies)
    lines.append("\nThrough [the network](#the-network), over TLS 1.3:\n")
    lines += table(network.rows, "ms")
    lines += sessions(network.sessions)
    before, rest = PAGE.read_text(encoding="utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(before + MARKS[0] + "".join(lines) + MARKS[1] + after, encoding="utf-8")
