"""Runs commands as a machine has them that never saw this repository."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE_S = 120
# What would lead a command back to the repository.
LEADS = ("ANCHOR_LIBRARY", "ANCHOR_SANDBOX", "CARGO_TARGET_DIR", "CGO_LDFLAGS", "LD_LIBRARY_PATH", "PYTHONPATH")
# An empty file system stands where the repository was, for this command alone.
HIDE = 'mount -t tmpfs none "$1" && shift && exec "$@"'


def hidden():
    """What goes before a command so that the repository is not there for it; only root may do that."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", HIDE, "sh", str(ROOT)]


def run(command, folder, deadline=DEADLINE_S, **changes):
    """What the command prints. It runs in `folder`, with `changes` of the environment, and must succeed."""
    inherited = {name: value for name, value in os.environ.items() if name not in LEADS}
    root = os.geteuid() == 0
    done = subprocess.run(
        [*(hidden() if root else []), *map(str, command)],
        cwd=folder,
        env=inherited | changes,
        capture_output=True,
        text=True,
        timeout=deadline,
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
