#!/usr/bin/env python3
"""Runs hosts that misuse the library.

    python3 tests/misuse/run.py [NAME...]

NAME is one of the checks below. Without names the quick ones run, which takes some seconds. The
others run millions of steps, memory checkers and every order of events, which takes minutes. Each
check prints its figures in its last line.

MISUSE_SEED repeats a run: a failure prints its seed.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from make import ROOT, make

BUILD = ROOT / "build/misuse"
SEED = os.environ.get("MISUSE_SEED") or str(int(time.time()))
VALGRIND = ["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full"]
VALGRIND += ["--errors-for-leak-kinds=definite", "--show-leak-kinds=definite"]
MODELS_DEADLINE_S = 600


def random():
    # A single thread frees messages twice as well.
    call_at_random(steps=100_000, threads=1)
    call_at_random(steps=200_000, threads=4)


def long():
    call_at_random(steps=1_000_000, threads=1)
    for digit in "12345":
        call_at_random(steps=3_000_000, threads=8, seed=SEED + digit)


def sanitized():
    check_sanitizers()
    call_at_random("misuse-sanitized", steps=200_000, threads=4)


def valgrind():
    call_at_random(steps=100_000, threads=4, under=VALGRIND)


def panics():
    make("build/misuse/panics")
    with_sandbox("build/misuse/panics")


def limits():
    make("build/misuse/limits")
    with_sandbox("build/misuse/limits")


def c_sanitized():
    """The tests of the C wrapper with sanitizers."""
    check_sanitizers()
    # Memory that was freed is kept for a while, to notice its use. One of the tests bounds the peak.
    os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=8"
    programs = [f"build/c-sanitized/{source.stem}" for source in sorted((ROOT / "bindings/c/tests").glob("*.c"))]
    make(*programs)
    outputs = [with_sandbox(program, capture=True) for program in programs]
    checks = [int(count) for output in outputs for count in re.findall(r"(\d+) checks, 0 failed", output)]
    if len(checks) != len(programs):
        sys.exit(f"{len(programs)} programs, of which {len(checks)} reported their checks")
    print(f"{len(programs)} programs, {sum(checks)} checks, 0 failed, 0 found by the sanitizers", flush=True)


def models():
    """Models of the tables of handles and strings, in every order of events."""
    cargo = [os.environ.get("CARGO", "cargo"), "test", "--quiet", "--locked", "--target-dir", "target"]
    command = [*cargo, "--manifest-path", "tests/misuse/models/Cargo.toml", "--", "--nocapture", "--test-threads", "2"]
    output = run(command, capture=True, timeout=MODELS_DEADLINE_S)
    orders = [int(count) for count in re.findall(r"(\d+) orders$", output, re.MULTILINE)]
    if not orders:
        sys.exit(f"no model ran: {output}")
    print(f"{len(orders)} models, {sum(orders)} orders of events, 0 failed", flush=True)


def call_at_random(program="misuse", *, steps, threads, seed=SEED, under=()):
    make(f"build/misuse/{program}")
    options = ["--seed", seed, "--steps", str(steps), "--threads", str(threads)]
    with_sandbox(*under, f"build/misuse/{program}", "include/anchor.h", *options)


def check_sanitizers():
    """A sanitizer that is not linked would find nothing."""
    make("build/misuse/overflow")
    for arguments, fault in (([], "AddressSanitizer: heap-buffer-overflow"), (["signed"], "signed integer overflow")):
        done = subprocess.run([BUILD / "overflow", *arguments], capture_output=True, text=True, check=False)
        if done.returncode == 0 or fault not in done.stderr:
            sys.exit(f"the sanitizers did not report {fault}: {done.stderr}")


def with_sandbox(*command, capture=False):
    return run([sys.executable, "tools/with_sandbox.py", "--", *command], capture=capture)


def run(command, *, capture=False, timeout=None):
    """The output if it is captured. A command that fails ends this program."""
    pipe = subprocess.PIPE if capture else None
    error = subprocess.STDOUT if capture else None
    done = subprocess.run(command, cwd=ROOT, stdout=pipe, stderr=error, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        print(done.stdout or "", file=sys.stderr, end="")
        sys.exit(done.returncode)
    return done.stdout


QUICK = [random, panics, sanitized]
LONG = [long, limits, valgrind, c_sanitized, models]
CHECKS = {check.__name__.replace("_", "-"): check for check in (*QUICK, *LONG)}


def main():
    names = sys.argv[1:] or [check.__name__ for check in QUICK]
    if unknown := set(names) - CHECKS.keys():
        sys.exit(f"unknown check: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    make("lib", "sandbox-program")
    for name in names:
        CHECKS[name]()


if __name__ == "__main__":
    main()
