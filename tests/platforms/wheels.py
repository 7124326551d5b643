"""The wheel for a platform: built, checked, and used by a Python of the platform, if there is one here."""

import re
import shutil
import subprocess
import sys

import pythons
from platforms import ROOT, beside_sandbox, output

sys.path.insert(0, str(ROOT / "tests/release/install/python"))
import wheel_contents

#: The tag of the wheel for each platform.
TAGS = {
    "linux-aarch64": "manylinux2014_aarch64",
    "musl-x86_64": "musllinux_1_2_x86_64",
    "musl-aarch64": "musllinux_1_2_aarch64",
    "windows-x86_64": "win_amd64",
}


def build(platform):
    """Builds the wheel, and returns what it unpacks to."""
    command = ["sh", "packaging/wheel/build.sh", platform.name]
    if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode != 0:
        sys.exit(f"the wheel for {platform.name} could not be built")
    (wheel,) = (ROOT / "build/dist" / platform.name).glob("*.whl")
    wheel_contents.check(wheel, TAGS[platform.name])
    folder = platform.folder / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    # pip alone knows where each file of a wheel belongs.
    options = ["--platform", TAGS[platform.name], "--only-binary=:all:", "--no-index", "--no-deps"]
    output([sys.executable, "-m", "pip", "--quiet", "install", "--target", folder, *options, wheel])
    print(f"{platform.name}: {wheel.name} is complete, {wheel.stat().st_size} bytes", flush=True)
    return folder


def is_working(platform, folder):
    """Whether Python and the command pause by means of the unpacked wheel. Prints what was run."""
    works = [is_pausing(platform, folder / "bin/anchor")] if not platform.is_windows else []
    python = pythons.python(platform)
    if python is None:
        return all(works)
    if platform.is_windows:
        shutil.copy(platform.folder / "bcryptprimitives.dll", folder / "libanchor")
    done = beside_sandbox([*python, "tests/platforms/python_program.py"], **environment(platform, folder))
    told = re.search(r".*\d+ checks, 0 failed", done.stdout)
    print(f"{platform.name}: Python {told.group() if told else done.stdout + done.stderr}", flush=True)
    return all(works) and done.returncode == 0 and told is not None


def environment(platform, folder):
    path = str(folder)
    if platform.is_windows:
        path = "Z:" + path.replace("/", "\\")
    # The Makefile names the library of this machine.
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "ANCHOR_LIBRARY": ""}


def is_pausing(platform, command):
    """Whether the command pauses. It ends with 0 only if it did."""
    done = beside_sandbox([*platform.runnable(command), "pause", "abc"])
    print(f"{platform.name}: anchor: {(done.stdout + done.stderr).strip()}", flush=True)
    return done.returncode == 0 and done.stdout == "paused: abc\n"


def library(platform, folder):
    """The library of the unpacked wheel, made ready to be linked with a program."""
    if platform.is_windows:
        # Where programs look for it, which are linked with the import library of the compiler.
        shutil.copy(folder / "libanchor/anchor.dll", platform.folder)
        return ROOT / "target/platforms/x86_64-pc-windows-gnu/release/libanchor.dll.a"
    found = folder / "libanchor/libanchor.so"
    soname = re.search(r"soname: \[(.*)\]", output(["readelf", "-d", found])).group(1)
    link = found.with_name(soname)
    if not link.exists():
        link.symlink_to(found.name)
    return found
