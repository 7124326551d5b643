"""Runs commands as a machine has them that never saw this repository."""

import functools
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEADLINE_S = 120
# What would lead a command back to the repository.
LEADS = ("ANCHOR_LIBRARY", "ANCHOR_SANDBOX", "CARGO_TARGET_DIR", "CGO_LDFLAGS", "LD_LIBRARY_PATH", "PYTHONPATH")
# An empty file system stands where the repository was, for one command.
HIDE = '"$1" -t tmpfs none "$2" && shift 2 && exec "$@"'


def run(command, folder, deadline=DEADLINE_S, **changes):
    """What the command prints. It runs in `folder`, with `changes` of the environment, and must succeed."""
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
    """What goes before a command so that the repository is not there for it: root may do that, others cannot."""
    # The command's own PATH may name none of them.
    unshare, shell, mount = map(shutil.which, ("unshare", "sh", "mount"))
    if not unshare or not mount:
        return visible("unshare or mount is missing")
    before = [unshare, "--mount", "--propagation", "private", shell, "-c", HIDE, shell, mount, str(ROOT)]
    tried = subprocess.run([*before, shell, "-c", f'test ! -e "{ROOT}/Cargo.toml"'], cwd="/", capture_output=True)
    return before if tried.returncode == 0 else visible("that takes root's rights")


def visible(reason):
    print(f"outside: the repository stays where it is: {reason}", file=sys.stderr)
    return []
