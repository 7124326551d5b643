"""Folders to install into, and commands that run in them where the sources cannot be seen."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEADLINE_S = 300
# The rest could lead a compiler or a program back to the sources.
KEPT = ("ANCHOR_SANDBOX", "CARGO_HOME", "HOME", "LANG", "PATH", "RUSTUP_HOME", "TMPDIR")


class Failure(Exception):
    """What is not as it should be, in one line."""


def check(true, what):
    if not true:
        raise Failure(what)


@contextlib.contextmanager
def folder():
    """A folder with a blank in its path, which goes with everything in it."""
    with tempfile.TemporaryDirectory(prefix="anchor install ") as path:
        yield pathlib.Path(path)


def make(target, **places):
    """`make TARGET PREFIX=.. DESTDIR=..` as a user has it."""
    given = [f"{name}={value}" for name, value in places.items()]
    return run(["make", "--no-print-directory", "-C", ROOT, target, *given], cwd=ROOT)


def run(command, cwd, **variables):
    """The command's output; that it fails is a failure."""
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
    """The command in a mount namespace in which an empty folder lies over the sources. The script may mount more."""
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    return [*namespace, "sh", "-ec", f'{script}; shift; exec "$@"', "sh", ROOT, *command]


def check_away(work):
    """Whether `away` does what it says; without the right to mount, no check here would prove anything."""
    done = attempt(away(["test", "-e", ROOT / "Makefile"]), work)
    check(done.returncode == 1, f"the sources cannot be hidden: run as root, or allow user namespaces: {done.stdout}")
    check((ROOT / "Makefile").exists(), "the sources are hidden from everybody")


def shell(line, cwd, **variables):
    """A line that a user types, out of reach of the sources. pkg-config's output goes through the shell's `eval`."""
    return run(away(["sh", "-ec", line]), cwd, **variables)


def check_pauses(program, cwd, **variables):
    """That the program does what examples/pause.* do, out of reach of the sources, beside a sandbox that is not."""
    script = shutil.copy(ROOT / "tests/wrappers/check_pause_example.py", cwd)
    return beside_sandbox(["python3", script, program], cwd, **variables)


def beside_sandbox(command, cwd, **variables):
    sandbox = ["python3", ROOT / "tools/with_sandbox.py", "--deadline", "120", "--"]
    return run([*sandbox, *away(command)], cwd, **variables)


def needed(program):
    """The shared libraries that the program or library asks for."""
    lines = run(["readelf", "--dynamic", "--wide", program], cwd=program.parent).splitlines()
    return {line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line}


def files(path):
    """Everything below the folder, with contents; of a link, where it leads."""
    return {str(found.relative_to(path)): content(found) for found in path.rglob("*")}


def content(path):
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() else None
