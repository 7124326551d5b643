"""Runs commands as on a machine without this repository."""

import functools
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEADLINE_S = 120
# Variables that would lead a command back to the repository.
LEADS = (
    "ANCHOR_LIBRARY",
    "ANCHOR_COMMAND",
    "ANCHOR_SANDBOX",
    "CARGO_TARGET_DIR",
    "CGO_LDFLAGS",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
)
# Mounts an empty file system over the repository, for one command.
HIDE = '"$1" -t tmpfs none "$2" && shift 2 && exec "$@"'


def run(command, folder, deadline=DEADLINE_S, **changes):
    """Runs the command in `folder` with `changes` of the environment. Returns its output. The
    command must succeed.
    """
    done = subprocess.run(
        [*hiding(), *map(str, command)],
        cwd=folder,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=deadline,
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def environment(**changes):
    return {name: value for name, value in os.environ.items() if name not in LEADS} | changes


@functools.cache
def hiding():
    """A prefix that hides the repository from a command. Only root can do that."""
    # Absolute paths, because the PATH of the command may not contain them.
    unshare, shell, mount = map(shutil.which, ("unshare", "sh", "mount"))
    if not unshare or not mount:
        return visible("unshare or mount is missing")
    before = [unshare, "--mount", "--propagation", "private", shell, "-c", HIDE, shell, mount, str(ROOT)]
    tried = subprocess.run([*before, shell, "-c", f'test ! -e "{ROOT}/Cargo.toml"'], cwd="/", capture_output=True)
    return before if tried.returncode == 0 else visible("hiding it needs root")


def visible(reason):
    print(f"outside: the repository is not hidden: {reason}", file=sys.stderr)
    return []
