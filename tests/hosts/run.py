#!/usr/bin/env python3
"""Runs small host programs next to a sandbox, and judges them by how they end.

    python3 tests/hosts/run.py [NAME...]

NAME is one of the names below. Without names the quick hosts run. The last line that a host prints
is its figure.
"""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from make import ROOT, make

PYTHON = sys.executable
# The hosts in Python load this library; the others are linked against it.
ENVIRONMENT = {"ANCHOR_LIBRARY": str(ROOT / "target/release/libanchor.so")} | os.environ
VALGRIND = [PYTHON, "tests/hosts/run_valgrind.py"]

#: Arguments are names of variables that with_sandbox.py sets, or figures that the program explains.
QUICK = {
    "sigpipe": ["build/hosts/sigpipe"],
    "fork": ["build/hosts/fork"],
    "fork-tls": ["build/hosts/fork", "SANDBOX_TLS_URL"],
    "cancel": ["build/hosts/cancel"],
    "quiet": ["build/hosts/quiet"],
    "proxy": ["build/hosts/proxy"],
    "setenv": ["build/hosts/setenv"],
    "download": ["build/hosts/download"],
    "unload": ["build/hosts/unload"],
    "symbols": ["build/hosts/symbols"],
    "resolver": ["build/hosts/resolver"],
    "limits": ["build/hosts/limits"],
    "many": ["build/hosts/many", "SANDBOX_URL", "1000", "5", "16384"],
    "many-descriptors": ["build/hosts/many", "SANDBOX_URL", "1000", "5", "131072", "512"],
    "stack": ["build/hosts/stack", "80", "16"],
    "clients": ["build/hosts/clients"],
    "storm": ["build/hosts/storm"],
    "exits": ["build/hosts/exits"],
    "late": ["build/hosts/late"],
    "spawn": ["build/hosts/spawn"],
    "memory": ["build/hosts/memory", "3000", "10000", "1000"],
    "queue": ["build/hosts/queue", "5000"],
    "inflight": ["build/hosts/inflight", "9500", "48"],
    "pausing": ["build/hosts/pausing"],
}
LONG = {
    "stopped": ["build/hosts/stopped"],
    "queue-long": ["build/hosts/queue", "100000"],
    "memory-long": ["build/hosts/memory", "100000", "20000", "10000"],
    "python-fork": [PYTHON, "tests/hosts/forks.py", "60"],
    "go": ["build/hosts/go", "10000"],
    "valgrind": [*VALGRIND, "build/hosts/everything"],
    "valgrind-python": [*VALGRIND, "--library-only", PYTHON, "tests/hosts/everything.py"],
}
HOSTS = QUICK | LONG


def main():
    names = sys.argv[1:] or list(QUICK)
    if unknown := set(names) - HOSTS.keys():
        sys.exit(f"unknown host: {', '.join(sorted(unknown))}; there are {', '.join(HOSTS)}")
    make("lib", "sandbox", *(part for name in names for part in HOSTS[name] if part.startswith("build/")))
    # Not the highest code: it is negative if a signal ended the command.
    codes = [run(name) for name in names]
    return next((code for code in codes if code != 0), 0)


def run(name):
    print(f"host {name}: ", end="", flush=True)
    command = [PYTHON, "tools/with_sandbox.py", "--", *HOSTS[name]]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
