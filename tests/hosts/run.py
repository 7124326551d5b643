#!/usr/bin/env python3
"""Runs small host programs next to a sandbox, and judges them by how they end.

    python3 tests/hosts/run.py [NAME...] [-- ARGUMENT...]

NAME is one of the names below. Without names the quick hosts run. Arguments after -- go to each
host. The last line that a host prints is its figure.
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
# For one host. On an idle machine none takes a quarter of it.
DEADLINE_S = 900
VALGRIND = [PYTHON, "tests/hosts/run_valgrind.py"]

#: Arguments are names of variables that with_sandbox.py sets, or figures that the program explains.
QUICK = {
    "sigpipe": ["build/hosts/sigpipe"],
    "fork": ["build/hosts/fork"],
    "fork-tls": ["build/hosts/fork", "SANDBOX_TLS_URL"],
    "cancel": ["build/hosts/cancel"],
    "quiet": ["build/hosts/quiet"],
    "language": ["build/hosts/language"],
    "proxy": ["build/hosts/proxy"],
    "setenv": ["build/hosts/setenv"],
    "download": ["build/hosts/download"],
    "places": ["build/hosts/places"],
    "refusals": ["build/hosts/refusals"],
    "readers": ["build/hosts/readers"],
    "last-step": ["build/hosts/last_step"],
    "download-faults": ["build/hosts/download_faults"],
    "unload": ["build/hosts/unload"],
    "symbols": ["build/hosts/symbols"],
    "resolver": ["build/hosts/resolver"],
    "closed": ["build/hosts/closed"],
    "bounds": ["build/hosts/bounds"],
    "outage": ["build/hosts/outage"],
    "limits": ["build/hosts/limits"],
    "many": ["build/hosts/many", "SANDBOX_URL", "1000", "5", "16384"],
    "many-descriptors": ["build/hosts/many", "SANDBOX_URL", "1000", "5", "131072", "512"],
    "stack": ["build/hosts/stack", "84", "16"],
    "namespace": ["build/hosts/namespace"],
    "scheduling": ["build/hosts/scheduling"],
    "handshake": ["build/hosts/handshake"],
    "seccomp": ["build/hosts/seccomp"],
    "standard": ["build/hosts/standard"],
    "trust": ["build/hosts/trust"],
    "privileged": ["build/hosts/privileged"],
    "clients": ["build/hosts/clients"],
    "storm": ["build/hosts/storm"],
    "exits": ["build/hosts/exits"],
    "late": ["build/hosts/late"],
    "spawn": ["build/hosts/spawn"],
    "memory": ["build/hosts/memory", "3000", "10000", "1000"],
    "queue": ["build/hosts/queue", "5000"],
    "inflight": ["build/hosts/inflight", "9500", "32"],
    "pausing": ["build/hosts/pausing"],
    "coroutines": ["build/hosts/coroutines"],
    "turns": ["build/hosts/turns"],
}
LONG = {
    "disk": ["build/hosts/disk"],
    "budget": ["build/hosts/budget"],
    "stopped": ["build/hosts/stopped"],
    "sweep": [PYTHON, "tests/hosts/sweep.py", "build/hosts/sweep"],
    "queue-long": ["build/hosts/queue", "100000"],
    "memory-long": ["build/hosts/memory", "100000", "20000", "10000"],
    "python-fork": [PYTHON, "tests/hosts/forks.py", "60"],
    "go": ["build/hosts/go", "10000"],
    "valgrind": [*VALGRIND, "build/hosts/everything"],
    "valgrind-python": [*VALGRIND, "--library-only", PYTHON, "tests/hosts/everything.py"],
}
HOSTS = QUICK | LONG


def main():
    end_of_names = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    names, arguments = sys.argv[1:end_of_names] or list(QUICK), sys.argv[end_of_names + 1 :]
    if unknown := set(names) - HOSTS.keys():
        sys.exit(f"unknown host: {', '.join(sorted(unknown))}; there are {', '.join(HOSTS)}")
    make("lib", "sandbox-program", *(part for name in names for part in HOSTS[name] if part.startswith("build/")))
    # Not the highest code: it is negative if a signal ended the command.
    codes = {name: run(name, arguments) for name in names}
    failed = [name for name in names if codes[name] != 0]
    if failed:
        # Also at the end, where it is seen when much was printed since.
        print(f"failed hosts: {', '.join(failed)}", flush=True)
    return codes[failed[0]] if failed else 0


def run(name, arguments):
    print(f"host {name}: ", end="", flush=True)
    deadline = ["--deadline", str(DEADLINE_S)]
    command = [PYTHON, "tools/with_sandbox.py", *deadline, "--", *HOSTS[name], *arguments]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
