#!/usr/bin/env python3
"""Checks the files of a release, each on its own: they are unpacked or installed, and used, where
neither the sources nor cargo can be reached.

    python3 tests/release/install/release_files.py FOLDER
"""

import hashlib
import json
import os
import pathlib
import shutil
import sys
import tarfile

import debian
from native import build_c, build_cmake
from support import ROOT, Failure, beside_sandbox, check, check_away, check_pauses, folder, needed, shell

RELEASE = pathlib.Path(sys.argv[1]).resolve()


def one(pattern):
    found = list(RELEASE.glob(pattern))
    check(len(found) == 1, f"{RELEASE} has {len(found)} files {pattern}, and should have one")
    return found[0]


def sums():
    """SHA256SUMS names every file, with its checksum."""
    named = dict(reversed(line.split("  ")) for line in (RELEASE / "SHA256SUMS").read_text().splitlines())
    present = {file.name for file in RELEASE.iterdir()} - {"SHA256SUMS"}
    check(named.keys() == present, f"{sorted(named.keys() ^ present)} are named or present only")
    for name, digest in named.items():
        check(hashlib.sha256((RELEASE / name).read_bytes()).hexdigest() == digest, f"{name} has another checksum")
    return f"{len(named)} files"


def bill_of_materials():
    """The bill names what is built into the library."""
    names = {part["name"] for part in json.loads(one("*.cdx.json").read_text())["components"]}
    missing = {"hyper", "rustls", "serde_json", "tokio"} - names
    check(not missing, f"the bill does not name {sorted(missing)}")
    return f"{len(names)} parts"


def archive():
    """The archive works wherever it is unpacked: C, C++, the static library, the command, the pages."""
    with folder() as work:
        prefix = unpacked(work)
        for source in ("examples/pause.c", "examples/pause.cpp", "tests/release/install/CMakeLists.txt"):
            shutil.copy(ROOT / source, work)
        program = build_c(work, prefix, "pause.c", "--cflags --libs anchor-easy")
        check_pauses(program, work, LD_LIBRARY_PATH=prefix / "lib")
        program = build_c(work, prefix, "-static pause.c", "--static --cflags --libs anchor-easy")
        check(not needed(program), "the static program needs a shared library")
        check_pauses(program, work)
        check_pauses(build_cmake(work, prefix, "pause.cpp", "Anchor::anchor"), work)
        shown = shell('"$PREFIX/bin/anchor" --version', work, PREFIX=prefix)
        check(shown.startswith("anchor "), f"the command prints {shown}")
        pages = {page.name for page in prefix.glob("share/man/man*/*")}
        missing = {"anchor.1", "anchor_pause_recording.3"} - pages
        check(not missing, f"there are no man pages {sorted(missing)}")
        texts = [file for file in prefix.rglob("*") if file.suffix in (".pc", ".cmake")]
        check(texts and not any(str(ROOT) in file.read_text() for file in texts), "a file names the build folder")
        return f"3 programs, {len(pages)} man pages"


def wheel():
    """The wheel installs, and pauses without a compiler."""
    with folder() as work:
        return install_package(work, one("*.whl"))


def source_distribution():
    """The sdist installs without cargo beside the library of the archive."""
    with folder() as work:
        library = unpacked(work) / "lib/libanchor.so"
        version = one("*.whl").name.split("-")[1]
        return install_package(work, one(f"libanchor-{version}.tar.gz"), ANCHOR_LIBRARY=library)


def debian_packages():
    """The Debian packages install, work and leave nothing behind."""
    return debian.debian(RELEASE)


def unpacked(work):
    with tarfile.open(one("libanchor-*-linux-*.tar.gz")) as archive:
        archive.extractall(work / "any where", filter="data")
    [prefix] = (work / "any where").iterdir()
    return prefix


def install_package(work, file, **variables):
    shutil.copy(file, work)
    shutil.copy(ROOT / "examples/pause.py", work)
    line = f'python3 -m venv venv && venv/bin/pip install --quiet --disable-pip-version-check "./{file.name}"'
    shell(line, work, **variables)
    shown = beside_sandbox(["venv/bin/python", "pause.py", "abc"], work).strip()
    check(shown == "paused abc", f"pause.py prints {shown}")
    return f"{file.name}: {shown}"


CHECKS = (sums, bill_of_materials, archive, wheel, source_distribution, debian_packages)


def main():
    folders = os.environ["PATH"].split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(path for path in folders if not (pathlib.Path(path) / "cargo").exists())
    check(not shutil.which("cargo"), f"cargo is still on the PATH: {shutil.which('cargo')}")
    with folder() as work:
        check_away(work)
    failures = 0
    for one_check in CHECKS:
        try:
            said = one_check().strip().splitlines()[-1].rpartition("/")[-1]
        except Failure as failure:
            failures += 1
            said = f"FAILED: {failure}"
        print(f"release {one_check.__name__}: {said}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
