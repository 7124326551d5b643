#!/usr/bin/env python3
"""Runs the checks in checks.py, prints their table, and writes it to docs/RELIABILITY.md.

    python3 tests/reliability/run.py [NAME...]

A check is a command that exits with 0 if its promise holds. Its last line of output is its figure.
Without names all checks run, which takes at most 20 minutes on two cores, and the table is written.
The exit code is 1 if any check failed.
"""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import page
from checks import CHECKS, Check
from make import make


class Result:
    def __init__(self, check, passed, figure, seconds, megabytes):
        self.check, self.passed, self.figure = check, passed, figure
        self.seconds, self.megabytes = seconds, megabytes

    def row(self):
        figure = self.figure if self.passed else f"**FAILED**: {self.figure}"
        command = f"`{self.check.command}`"
        return page.row(self.check.hazard, self.check.promise, command, figure, f"{self.seconds:.0f}", self.megabytes)


def run(check: Check) -> Result:
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            check.command, shell=True, cwd=page.ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        code, usage = wait(process, check.deadline)
        output.seek(0)
        lines = output.read().strip().splitlines()
    figure = lines[-1] if lines else "no output"
    if code is None:
        figure = f"did not end within {check.deadline} s"
    if code != 0:
        print("\n".join(lines[-30:]), file=sys.stderr)
    return Result(check, code == 0, figure, time.monotonic() - begun, usage.ru_maxrss // 1024)


def wait(process, deadline):
    """The exit code, or None after the deadline, and the peak memory of the largest process of the
    check.
    """
    end = time.monotonic() + deadline
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status), usage
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
            return None, resource.getrusage(resource.RUSAGE_CHILDREN)
        time.sleep(0.05)


def main():
    names = sys.argv[1:]
    if unknown := set(names) - {check.name for check in CHECKS}:
        known = ", ".join(check.name for check in CHECKS)
        sys.exit(f"no check is called {', '.join(sorted(unknown))}: there are {known}")
    # Build everything first, so that the times are those of the checks.
    hosts = [f"build/hosts/{source.stem}" for source in (page.ROOT / "tests/hosts").glob("*.c")]
    make("lib", "sandbox-program", "build/hosts/go", *hosts)
    results = []
    for check in CHECKS:
        if names and check.name not in names:
            continue
        results.append(run(check))
        print(results[-1].row(), end="", flush=True)
    failed = sum(not result.passed for result in results)
    print(f"{len(results) - failed} promises hold, {failed} are broken")
    if not names:
        names = page.header("hazard", "promise", "check", "figure", "seconds", "MB")
        page.put("checks", names + "".join(result.row() for result in results))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
