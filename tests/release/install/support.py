"""Temporary folders for installations, and commands that run in them while the sources are hidden."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEADLINE_S = 300
# Other variables could lead a compiler or a program back to the sources.
KEPT = ("ANCHOR_SANDBOX", "CARGO_HOME", "HOME", "LANG", "PATH", "RUSTUP_HOME", "TMPDIR")


class Failure(Exception):
    """A failed check, described in one line."""


def check(true, what):
    if not true:
        raise Failure(what)


@contextlib.contextmanager
def folder():
    """A temporary folder with a space in its path."""
    with tempfile.TemporaryDirectory(prefix="anchor install ") as path:
        yield pathlib.Path(path)


def make(target, **folders):
    """Runs `make TARGET PREFIX=.. DESTDIR=..` like a user."""
    given = [f"{name}={value}" for name, value in folders.items()]
    return run(["make", "--no-print-directory", "-C", ROOT, target, *given], cwd=ROOT)


def run(command, cwd, **variables):
    """The output of the command, which must succeed."""
    done = attempt(command, cwd, **variables)
    shown = " ".join(map(str, command))[-300:]
    check(done.returncode == 0, f"{shown}: exit code {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout


def attempt(command, cwd, **variables):
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=kept | {name: str(value) for name, value in variables.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_S,
    )


def away(command, script='mount -t tmpfs tmpfs "$1"'):
    """The command in a mount namespace with an empty folder over the sources. The script may mount
    more.
    """
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    return [*namespace, "sh", "-ec", f'{script}; shift; exec "$@"', "sh", ROOT, *command]


def check_away(work):
    """Checks that `away` hides the sources. Without that, the other checks would prove nothing."""
    done = attempt(away(["test", "-e", ROOT / "Makefile"]), work)
    check(done.returncode == 1, f"the sources cannot be hidden: run as root, or allow user namespaces: {done.stdout}")
    check((ROOT / "Makefile").exists(), "the sources are hidden outside the namespace as well")


def shell(line, cwd, **variables):
    """Runs a shell line while the sources are hidden."""
    return run(away(["sh", "-ec", line]), cwd, **variables)


def check_pauses(program, cwd, **variables):
    """Checks that the program behaves like examples/pause.*, while the sources are hidden from it."""
    script = shutil.copy(ROOT / "tests/wrappers/check_pause_example.py", cwd)
    return beside_sandbox(["python3", script, program], cwd, **variables)


def beside_sandbox(command, cwd, **variables):
    sandbox = ["python3", ROOT / "tools/with_sandbox.py", "--deadline", "120", "--"]
    return run([*sandbox, *away(command)], cwd, **variables)


def needed(program):
    """The shared libraries that the program or library needs."""
    lines = run(["readelf", "--dynamic", "--wide", program], cwd=program.parent).splitlines()
    return {line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line}


def files(path):
    """Everything below the folder, with the contents of files and the targets of links."""
    return {str(found.relative_to(path)): content(found) for found in path.rglob("*")}


def content(path):
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() else None
