#!/usr/bin/env python3
"""Takes each defence out of a copy of the sources, and expects its test to fail.

    python3 tests/reliability/defences.py [--rest] [NAME...]

A test that passes without the defence that it is there for proves nothing, and so does one that
fails with it: each is run with all defences first. What is left without a defence must compile, and
its test must end.

Without arguments the table in docs/RELIABILITY.md is begun anew, and each row is written as soon as
it is known. With names only those rows are, and with --rest those that a run left out when it was
stopped. Exits with 1 unless all that were tried failed as they should.
"""

import argparse
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import page
from mutations import MUTATIONS, Mutation

ROOT = page.ROOT
COPY = ROOT / "build/defences"
# With the first build of everything, and with that of one source file.
FIRST_DEADLINE_SECONDS = 1800
DEADLINE_SECONDS = 600
# What a test needs that is no source: built once, for all copies.
SHARED = ("build/venv", "build/npm", "build/official")
# The defences stand in the sources, so the library need not be optimised as a whole: that takes
# most of a build.
QUICK_BUILD = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
# What this run was started with is not the copy's business.
OURS = ("ANCHOR", "CARGO_TARGET", "CGO_LDFLAGS", "MAKE", "MFLAGS")
NOT_BUILT = ("error: could not compile", "collect2: error")
MOST_CHARACTERS = 140


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
    path.write_text(path.read_text(encoding="utf-8").replace(mutation.defence, mutation.without), encoding="utf-8")


def check_texts(mutations):
    """Before anything is built: a defence that was written anew must be found anew."""
    for mutation in mutations:
        times = (ROOT / mutation.file).read_text(encoding="utf-8").count(mutation.defence)
        if times != 1:
            sys.exit(f"{mutation.name}: {mutation.file} holds the defence {times} times, not once")


def run(command, deadline):
    """The exit code, None if it had to be ended, and what the command printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | QUICK_BUILD
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            command,
            shell=True,
            cwd=COPY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(deadline)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if process.poll() is None:
                end(process)
        output.seek(0)
        return code, output.read()


def end(process):
    """Politely first: tools/with_sandbox.py then ends what it started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def what_was_seen(code, output):
    """The line that says most of why a test failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for place, line in enumerate(lines):
        if line.startswith("FAILED "):
            return line.removeprefix("FAILED ")
        if "not so: " in line or "not so in " in line:
            return line[line.index("tests/") if "tests/" in line else 0 :]
        if "panicked at" in line:
            said = itertools.takewhile(
                lambda line: not line.startswith(("note:", "stack backtrace")), lines[place + 1 :]
            )
            return " ".join(itertools.islice(said, 3)) or line
    status = re.findall(r"\*\*\* .* Error (\d+)", output)
    code = int(status[0]) if status else code
    told = [line for line in lines if not re.match(r"make|error: test failed|host [\w-]+:$", line)]
    said = re.sub(r"^host [\w-]+: ", "", told[-1]) if told else "it said nothing"
    if code - 128 in list(signal.Signals):
        return f"it ends with {signal.Signals(code - 128).name} (exit {code})"
    return said


def verdict(test, deadline):
    """Whether the test failed as it should, and what was seen."""
    code, output = run(test, deadline)
    if code is None:
        return False, f"NOT DONE within {deadline} s"
    if any(said in output for said in NOT_BUILT):
        print(output, file=sys.stderr)
        return False, "DOES NOT COMPILE"
    if code == 0:
        return False, "PASSES"
    seen = what_was_seen(code, output).replace(str(COPY), "").replace("`", "'")
    return True, seen if len(seen) <= MOST_CHARACTERS else f"{seen[:MOST_CHARACTERS]}.."


def check_tests(tests):
    """With all defences each must pass. Builds everything, too."""
    for test in tests:
        begun = time.monotonic()
        code, output = run(test, FIRST_DEADLINE_SECONDS)
        print(f"with all defences: {test}: exit {code} ({time.monotonic() - begun:.0f} s)", flush=True)
        if code != 0:
            print(output, file=sys.stderr)
            sys.exit(f"{test} fails with all defences")


def chosen(arguments, known):
    unknown = set(arguments.names) - {mutation.name for mutation in MUTATIONS}
    if unknown:
        sys.exit(f"there is no defence called {', '.join(unknown)}")
    if arguments.names:
        return [mutation for mutation in MUTATIONS if mutation.name in arguments.names]
    return [mutation for mutation in MUTATIONS if key(mutation) not in known]


def key(mutation):
    return mutation.name, f"`{mutation.test}`"


def write(seen):
    rows = [page.row(*key(mutation), seen[key(mutation)]) for mutation in MUTATIONS if key(mutation) in seen]
    page.put("defences", page.header("without", "test", "what was seen") + "".join(rows))


def main():
    parser = argparse.ArgumentParser(description="Takes defences out, and expects their tests to fail.")
    parser.add_argument("--rest", action="store_true", help="those that have no row yet")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    seen = (
        {(name, test): what for name, test, what in page.rows("defences")} if arguments.rest or arguments.names else {}
    )
    mutations = chosen(arguments, seen)
    begun, failed = time.monotonic(), []
    check_texts(mutations)
    copy_sources()
    check_tests(dict.fromkeys(mutation.test for mutation in mutations))
    for mutation in mutations:
        weaken(mutation)
        since = time.monotonic()
        as_it_should, what = verdict(mutation.test, DEADLINE_SECONDS)
        copy_sources()
        print(f"without {mutation.name}: {mutation.test}: {what} ({time.monotonic() - since:.0f} s)", flush=True)
        seen[key(mutation)] = what if as_it_should else f"**{what}**"
        write(seen)
        if not as_it_should:
            failed.append(mutation.name)
    minutes = (time.monotonic() - begun) / 60
    print(f"{len(mutations)} defences, {len(failed)} can be missing unnoticed, {minutes:.0f} minutes {failed or ''}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
