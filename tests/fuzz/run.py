#!/usr/bin/env python3
"""Searches for inputs that break a property in tests/fuzz, with libFuzzer and a stable Rust
compiler.

    python3 tests/fuzz/run.py [TARGET...]

FUZZ_SECONDS is the time for each target, 20 by default. FUZZ_SEED is the seed, a random one by
default. Inputs that reach new code are stored in build/fuzz, and the next run starts from them. An
input that breaks a property is copied to tests/fuzz/inputs, which `cargo test` replays. The first
build compiles the whole library with coverage and takes minutes.
"""

import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "tests/fuzz/inputs"
FOUND = ROOT / "build/fuzz"
CARGO = os.environ.get("CARGO", "cargo")
SECONDS = int(os.environ.get("FUZZ_SECONDS", "20"))
SEED = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(2**31) + 1)
# The flags of cargo-fuzz, without the sanitizers, which need a nightly compiler.
COVERAGE = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
    " -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
    " -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
)


def main():
    program = build()
    tests = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout
    paths = [line.removesuffix(": test") for line in tests.splitlines() if line.startswith("fuzz::")]
    targets = {path.rpartition("::")[2]: path for path in paths}
    wanted = sys.argv[1:] or sorted(targets)
    if missing := set(wanted) - targets.keys():
        sys.exit(f"no such target: {', '.join(sorted(missing))}; there are {', '.join(sorted(targets))}")
    if not targets:
        sys.exit("there is no target: the module in tests/fuzz must be called fuzz")
    broken = [target for target in wanted if not holds(program, target, targets[target])]
    result = f"broken: {', '.join(broken)}" if broken else "0 broken"
    print(f"{len(wanted)} targets for {SECONDS} s each with seed {SEED}, {result}")
    return 1 if broken else 0


def build():
    """Builds the unit tests with coverage. With --target, Cargo does not apply the flags to build
    scripts.
    """
    version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = next(line.removeprefix("host: ") for line in version.splitlines() if line.startswith("host: "))
    command = [CARGO, "test", "--quiet", "--locked", "--lib", "--no-run", "--message-format=json", "--target", host]
    environment = os.environ | {"RUSTFLAGS": COVERAGE, "CARGO_TARGET_DIR": str(ROOT / "target/fuzz")}
    built = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if built.returncode:
        sys.exit(built.returncode)
    programs = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
    return next(program for program in programs if program)


def holds(program, target, path):
    """Tries inputs for FUZZ_SECONDS. False if one breaks the property."""
    found = FOUND / target
    broken = FOUND / "broken" / target
    shutil.rmtree(broken, ignore_errors=True)
    for folder in (found, broken):
        folder.mkdir(parents=True, exist_ok=True)
    options = [f"-seed={SEED}", f"-max_total_time={SECONDS}", "-max_len=600", "-timeout=10", "-rss_limit_mb=2048"]
    options += [f"-artifact_prefix={broken}/", str(found), str(KEPT / target)]
    environment = os.environ | {"FUZZ_OPTIONS": "\n".join(options), "RUST_BACKTRACE": "0"}
    command = [program, "--exact", path, "--nocapture", "--test-threads", "1"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS + 120,
    )
    output = done.stdout + done.stderr
    runs = next((line for line in reversed(output.splitlines()) if line.startswith("Done ")), None)
    if done.returncode == 0 and runs:
        print(f"{target}: {runs}", flush=True)
        return True
    print(output[-4000:], file=sys.stderr)
    for file in broken.iterdir():
        kept = KEPT / target / file.name
        shutil.copy(file, kept)
        print(f"{target}: broken by {kept.relative_to(ROOT)}", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
