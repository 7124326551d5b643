"""Builds and runs the programs that make the calls."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tools/bench/programs"
BUILD = ROOT / "build/bench"
LIBRARY = ROOT / "target/release/libanchor.so"
REQWEST = BUILD / "reqwest/release/calls-reqwest"
NEEDED = {"nginx": "nginx", "curl-config": "libcurl4-openssl-dev", "valgrind": "valgrind", "openssl": "openssl"}

#: The limit of open files. Each of thousands of calls has a connection.
FILES = 20000

#: The figures of a run, by name.
Figures = dict[str, float]


def allow_files() -> None:
    """Raises the limit of open files for this process and its children."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < FILES:
        sys.exit(
            f"a process may open {most} files here, and {FILES} are needed: raise the limit with `ulimit -Hn {FILES}`"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most))


def build() -> None:
    # `make bench` has built the library.
    for program, package in NEEDED.items():
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing: install it, on Debian with `apt-get install {package}`")
    BUILD.mkdir(parents=True, exist_ok=True)
    anchor = [f"-I{ROOT}/include", f"-L{LIBRARY.parent}", "-lanchor", f"-Wl,-rpath,{LIBRARY.parent}"]
    for name, flags in {"libanchor": anchor, "libcurl": ["-lcurl"], "raw": []}.items():
        source = PROGRAMS / f"{name}.c"
        command = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", str(source), "-o", str(BUILD / name)]
        subprocess.run([*command, *flags, "-lpthread"], check=True)
    build_reqwest()


def build_reqwest() -> None:
    manifest = str(PROGRAMS / "reqwest/Cargo.toml")
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", manifest]
    subprocess.run([*command, "--target-dir", str(BUILD / "reqwest")], check=True)


def run(command: Sequence[object], ca_file: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANCHORBROWSER")}
    environment.update({"BENCH_CA": ca_file, "PYTHONPATH": str(ROOT / "bindings/python/src")})
    environment.update({"ANCHOR_LIBRARY": str(LIBRARY), "ANCHORBROWSER_API_KEY": "sk-benchmark"})
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.strip()}")
    return done


def figures(command: Sequence[object], ca_file: str) -> Figures:
    told: Figures = json.loads(run(command, ca_file).stdout)
    return told
