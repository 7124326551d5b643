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
LIBRARY = Path(os.environ.get("ANCHOR_LIBRARY", ROOT / "target/release/libanchor.so"))
REQWEST = BUILD / "reqwest/release/calls-reqwest"
NEEDED = {"nginx": "nginx", "curl-config": "libcurl4-openssl-dev", "valgrind": "valgrind", "openssl": "openssl"}

#: The limit of open files. Each of thousands of calls has a connection.
FILES = 20000

#: The variables of the user that could change a figure.
DROPPED = ("ANCHORBROWSER", "PYTHON", "SSL_CERT_")

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
    needs = {"libanchor": anchor, "queue": anchor, "libcurl": ["-lcurl"], "multi": ["-lcurl"], "raw": [], "relay": []}
    for name, flags in needs.items():
        source = PROGRAMS / f"{name}.c"
        command = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", str(source), "-o", str(BUILD / name)]
        subprocess.run([*command, *flags, "-lpthread"], check=True)
    build_reqwest()


def build_reqwest() -> None:
    manifest = str(PROGRAMS / "reqwest/Cargo.toml")
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", manifest]
    subprocess.run([*command, "--target-dir", str(BUILD / "reqwest")], check=True)


def run(command: Sequence[object], ca_file: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a program, with `more` in its environment."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(DROPPED)},
        "ANCHOR_LIBRARY": str(LIBRARY),
        "ANCHORBROWSER_API_KEY": "sk-benchmark",
        # Nothing else is trusted, so that reading a system's certificates is part of no figure by chance.
        "SSL_CERT_FILE": ca_file,
        "SSL_CERT_DIR": str(Path(ca_file).parent / "trusted"),
        "PYTHONPATH": str(ROOT / "bindings/python/src"),
        # Modules are compiled once, like those of an installed package.
        "PYTHONPYCACHEPREFIX": str(BUILD / "pycache"),
        **more,
    }
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.strip()}")
    return done


def figures(command: Sequence[object], ca_file: str, *, may_fail: bool = False, **more: str) -> Figures:
    done = run(command, ca_file, **more)
    told: Figures = json.loads(done.stdout)
    if told.get("failed") and not may_fail:
        sys.exit(f"{command}: {told['failed']} calls failed: {done.stderr.strip()}")
    return told
