#!/usr/bin/env python3
"""Takes each defence out of a copy of the sources, and expects its test to fail.

    python3 tests/reliability/defences.py [NAME...]

A test that passes without the defence that it is there for proves nothing. Exits with 1 if there is one.
"""

import os
import shutil
import subprocess
import sys
import time

import page
from mutations import MUTATIONS, Mutation

ROOT = page.ROOT
COPY = ROOT / "build/defences"
# What a test needs that is no source: built once, for all copies.
SHARED = ("build/venv", "build/npm", "build/official")


def copy_sources():
    """A copy of what git tracks, which keeps what was built in it before."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, files.split("\0")):
        source, target = ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            # As of now: cargo and make go by the time.
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    for name in SHARED:
        link = COPY / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists() and (ROOT / name).exists():
            link.symlink_to(ROOT / name)


def weaken(mutation: Mutation):
    path = COPY / mutation.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutation.defence) != 1:
        sys.exit(f"{mutation.name}: {mutation.file} holds the defence {text.count(mutation.defence)} times, not once")
    path.write_text(text.replace(mutation.defence, mutation.without), encoding="utf-8")


def failure_of(command):
    """Why the command failed, None if it did not."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANCHOR", "CARGO_TARGET"))}
    try:
        done = subprocess.run(
            command,
            shell=True,
            cwd=COPY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=600,
        )
    except subprocess.TimeoutExpired:
        return "not done within 600 s"
    if "error: could not compile" in done.stdout:
        sys.exit(f"what is left without the defence does not compile:\n{done.stdout}")
    lines = [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("make")]
    return (lines or ["it said nothing"])[-1] if done.returncode != 0 else None


def main():
    needless, rows = [], []
    for mutation in MUTATIONS:
        if sys.argv[1:] and mutation.name not in sys.argv[1:]:
            continue
        copy_sources()
        weaken(mutation)
        begun = time.monotonic()
        reason = failure_of(mutation.test)
        verdict = f"fails: {reason}" if reason else "PASSES"
        print(f"without {mutation.name}: {mutation.test} {verdict} ({time.monotonic() - begun:.0f} s)", flush=True)
        rows.append(page.row(mutation.name, f"`{mutation.test}`", verdict))
        if reason is None:
            needless.append(mutation.name)
    copy_sources()
    if not sys.argv[1:]:
        page.put("defences", page.header("without", "test", "what happens") + "".join(rows))
    print(f"{len(needless)} defences can be missing unnoticed: {', '.join(needless)}" if needless else "each is needed")
    sys.exit(1 if needless else 0)


if __name__ == "__main__":
    main()
