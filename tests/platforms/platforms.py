"""The platforms other than this machine's that are tested here, and how their programs are run."""

import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

__all__ = ["PLATFORMS", "ROOT", "WINE", "Platform", "beside_sandbox", "make", "output"]

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from make import ROOT, make

# For one program. Under an emulator the longest takes a minute.
DEADLINE_S = 600
#: Where Debian has Wine.
WINE = shutil.which("wine64", path=f"{os.environ['PATH']}:/usr/lib/wine") or "wine64"


@dataclass(frozen=True)
class Platform:
    name: str
    #: What zig calls it.
    zig: str
    #: What runs its programs, or nothing if this machine does.
    runner: str
    #: The loader of its programs, and the Debian packages of both.
    loader: str
    packages: str
    #: The hosts that cannot be shown there.
    without: frozenset[str] = frozenset()

    @property
    def is_windows(self):
        return self.name.startswith("windows")

    @property
    def folder(self):
        """Where everything for the platform is made."""
        folder = ROOT / "build/platforms" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def compiler(self, is_c):
        # cargo-zigbuild leaves out what zig does not know.
        return ["cargo-zigbuild", "zig", "cc" if is_c else "c++", "--", "-target", self.zig]

    def prepare(self):
        """Ends this process if the programs of the platform cannot be run."""
        needed = [self.runner] if self.runner else []
        if self.is_windows:
            needed.append("x86_64-w64-mingw32-gcc")
        if not pathlib.Path(self.loader).exists() or not all(map(shutil.which, needed)):
            sys.exit(f"the programs cannot be run: install {self.packages}")
        if self.is_windows:
            self._prepare_wine()

    def _prepare_wine(self):
        """Makes a Windows 10, which Rust needs, with a DLL that Wine 8 lacks.

        Not in this folder: Wine's prefix has a link to /, which cargo would follow.
        """
        prefix = tempfile.mkdtemp(prefix="anchor-wine-")
        # Wine's server writes to it until the end.
        atexit.register(shutil.rmtree, prefix, ignore_errors=True)
        atexit.register(subprocess.run, [WINE.replace("wine64", "wineserver"), "--kill"], check=False)
        os.environ |= {"WINEPREFIX": prefix, "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree="}
        output([WINE, "reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"])
        made = self.folder / "bcryptprimitives.dll"
        output([*self.compiler(True), "-shared", "-o", made, "tests/platforms/bcryptprimitives.c", "-ladvapi32"])

    def runnable(self, program):
        """A program for this machine that runs a program of the platform, with its arguments.

        It is a script, so that a program that starts itself runs in the emulator too. Windows has its own
        way to start programs.
        """
        if not self.runner:
            return [program]
        if self.is_windows:
            return [self.runner, program]
        script = program.with_suffix(".sh")
        script.write_text(f'#!/bin/sh\nexec {self.runner} -0 "$0" {program} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        return [script]


#: qemu's user mode accepts MADV_WIPEONFORK and wipes nothing, refuses seccomp filters and fexecve, and has a
#: thread of its own.
EMULATED = frozenset({"fork", "handshake", "namespace", "privileged", "queue"})

PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform("musl-x86_64", "x86_64-linux-musl", "", "/lib/ld-musl-x86_64.so.1", "musl"),
        Platform(
            "linux-aarch64",
            "aarch64-linux-gnu",
            "qemu-aarch64-static",
            "/lib/ld-linux-aarch64.so.1",
            "qemu-user-static and libc6:arm64",
            without=EMULATED,
        ),
        Platform(
            "musl-aarch64",
            "aarch64-linux-musl",
            "qemu-aarch64-static",
            "/lib/ld-musl-aarch64.so.1",
            "qemu-user-static and musl:arm64",
            without=EMULATED,
        ),
        Platform("windows-x86_64", "x86_64-windows-gnu", WINE, WINE, "wine64 and gcc-mingw-w64-x86-64-win32"),
    )
}


def output(command, **changes):
    """The output of a command, which must succeed, with changes of the environment."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=os.environ | changes,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}")
    return done.stdout


def beside_sandbox(command, **changes):
    """What a command does while sandboxes run, with changes of the environment."""
    # Without a standard input and output of its own, a program of Windows does not start.
    return subprocess.run(
        [sys.executable, "tools/with_sandbox.py", "--deadline", str(DEADLINE_S), "--", *map(str, command)],
        cwd=ROOT,
        env=os.environ | changes,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
