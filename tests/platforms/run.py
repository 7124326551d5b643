#!/usr/bin/env python3
"""Runs the tests of the C and C++ wrappers, and small hosts, on other platforms than this one.

    python3 tests/platforms/run.py [PLATFORM...]

For each platform the library is compiled, its exports, undefined names and size are checked, and the
test programs are compiled and run: by musl's own loader, or by an emulator. The sandbox that they talk
to is a program of this machine. Without arguments all platforms are tested. The environment of
packaging/requirements.txt must be on the PATH.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from make import ROOT, make

# For one program. Under an emulator the longest takes a minute.
DEADLINE_S = 600


@dataclass(frozen=True)
class Platform:
    #: What zig calls it.
    zig: str
    #: The emulator that runs its programs, or nothing if this machine does.
    emulator: str
    #: The loader of its programs, and the Debian packages of both.
    loader: str
    packages: str


PLATFORMS = {
    "linux-aarch64": Platform(
        "aarch64-linux-gnu", "qemu-aarch64-static", "/lib/ld-linux-aarch64.so.1", "qemu-user-static and libc6:arm64"
    ),
    "musl-x86_64": Platform("x86_64-linux-musl", "", "/lib/ld-musl-x86_64.so.1", "musl"),
}
#: The hosts of tests/hosts that need nothing of glibc, with their arguments: processes that fork, end in
#: a call, are interrupted, have small stacks, or have a resolver that hangs.
HOSTS = {
    "fork": [],
    "language": [],
    "resolver": [],
    "outage": [],
    "many": ["SANDBOX_URL", "1000", "5", "131072", "512"],
    "namespace": [],
    "handshake": [],
    "privileged": [],
    "trust": [],
    "storm": [],
    "exits": [],
    "late": [],
    "spawn": [],
    "queue": ["5000"],
}
#: What of these an emulator cannot show: qemu's user mode accepts MADV_WIPEONFORK and wipes nothing, refuses
#: seccomp filters and fexecve, and has a thread of its own.
NEED_A_KERNEL = {"fork", "handshake", "namespace", "privileged", "queue"}
COMMON = ["-O1", "-g", "-pthread", "-Iinclude", "-Itests/wrappers/support", "-Wall", "-Wextra", "-Werror"]
C = [*COMMON, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Ibindings/c/include", "-Ibindings/c/src"]
CPP = [*COMMON, "-std=c++17", "-Ibindings/cpp/include"]


def main():
    names = sys.argv[1:] or list(PLATFORMS)
    if unknown := set(names) - PLATFORMS.keys():
        sys.exit(f"unknown platform: {', '.join(sorted(unknown))}; there are {', '.join(PLATFORMS)}")
    make("sandbox-program")
    failed = [name for name in names if not is_passed(name, PLATFORMS[name])]
    if failed:
        print(f"failed platforms: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def is_passed(name, platform):
    """Tests a platform, and prints what it did and how long it took."""
    begun = time.monotonic()
    told = output(["sh", "tests/platforms/library.sh", name])
    library = pathlib.Path(told.strip())
    compiled = time.monotonic()
    checked = output([sys.executable, "tests/release/check_library.py", library, "include/anchor.h"]).strip()
    print(f"{name}: {checked}; compiled in {compiled - begun:.0f} s", flush=True)
    if not pathlib.Path(platform.loader).exists() or (platform.emulator and not shutil.which(platform.emulator)):
        sys.exit(f"the programs cannot be run: install {platform.packages}")
    results = [run(compile_program(source, name, platform, library)) for source in programs()]
    checks, failed = (sum(numbers) for numbers in zip(*results, strict=True))
    hosts = {host: HOSTS[host] for host in HOSTS if not (platform.emulator and host in NEED_A_KERNEL)}
    ended = [is_right_host(name, host, hosts[host], platform, library) for host in hosts]
    seconds = time.monotonic() - compiled
    print(
        f"{name}: {len(results)} programs, {checks} checks, {failed} failed; "
        f"{len(ended)} hosts, {ended.count(False)} failed; {seconds:.0f} s",
        flush=True,
    )
    return failed == 0 and all(ended)


def programs():
    """The sources of the test programs."""
    return [*sorted(ROOT.glob("bindings/c/tests/*.c")), *sorted(ROOT.glob("bindings/cpp/tests/test_*.cpp"))]


def compile_program(source, name, platform, library):
    folder = folder_of(name)
    is_c = source.suffix == ".c"
    # A test that includes the source of the C wrapper is not linked with it again.
    includes_easy = '"anchor_easy.c"' in source.read_text(encoding="utf-8")
    more = ["bindings/c/src/anchor_easy.c"] if is_c and not includes_easy else []
    if source.stem == "test_mixed_objects":
        # First, because the linker keeps the first of several bodies of a function.
        more = [compile_object(folder, platform)]
    flags = [*(C if is_c else CPP), *(["-fno-exceptions", "-fno-rtti"] if "no_exceptions" in source.stem else [])]
    program = folder / f"{source.stem}-{source.suffix.removeprefix('.')}"
    return link(program, [*zig(is_c, platform), *flags, *more, source], platform, library)


def folder_of(name):
    folder = ROOT / "build/platforms" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def link(program, command, platform, library):
    compiled = program.with_suffix(".program") if platform.emulator else program
    output([*command, "-o", compiled, f"-L{library.parent}", "-lanchor", f"-Wl,-rpath,{library.parent}"])
    if platform.emulator:
        # A script, so that a program that starts itself runs in the emulator too.
        program.write_text(f'#!/bin/sh\nexec {platform.emulator} -0 "$0" {compiled} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return program


def compile_object(folder, platform):
    made = folder / "linked_no_exceptions.o"
    source = "bindings/cpp/tests/linked_no_exceptions.cpp"
    output([*zig(False, platform), *CPP, "-fno-exceptions", "-fno-rtti", "-c", source, "-o", made])
    return made


def zig(is_c, platform):
    # cargo-zigbuild leaves out what zig does not know.
    return ["cargo-zigbuild", "zig", "cc" if is_c else "c++", "--", "-target", platform.zig]


def is_right_host(name, source, arguments, platform, library):
    """Whether a host ended as it should. The last line that it prints is its figure."""
    command = [*zig(True, platform), "-std=gnu11", "-O1", "-pthread", "-Iinclude", f"tests/hosts/{source}.c"]
    done = beside_sandbox([link(folder_of(name) / source, command, platform, library), *arguments])
    told = (done.stdout + done.stderr).strip()
    shown = told if done.returncode else told.rpartition("\n")[2]
    print(f"{name}: host {source}: {shown}", flush=True)
    return done.returncode == 0


def beside_sandbox(program):
    command = [sys.executable, "tools/with_sandbox.py", "--deadline", str(DEADLINE_S), "--", *program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def run(program):
    """The number of checks that a program made, and of those that failed. A crash is a failure."""
    done = beside_sandbox([program])
    told = re.search(r"(\d+) checks, (\d+) failed", done.stdout)
    checks, failed = map(int, told.groups()) if told else (0, 0)
    if done.returncode != 0 or checks == 0:
        print(f"{program.name} failed with {done.returncode}:\n{done.stdout}{done.stderr}", flush=True)
        failed = max(failed, 1)
    return checks, failed


def output(command):
    """The output of a command, which must succeed."""
    done = subprocess.run(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
