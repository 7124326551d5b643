#!/usr/bin/env python3
"""Packs an installation into an archive for C and C++ programs, and prints its name.

    python3 packaging/release/archive.py PREFIX FOLDER

PREFIX is a folder that `make install` has filled. Its pkg-config and CMake files name their folders
relative to themselves, so the archive can be unpacked anywhere. The same files always give the same
archive, byte for byte.
"""

import gzip
import pathlib
import platform
import sys
import tarfile

from project import ROOT, version

DOCUMENTS = ("CHANGELOG.md", "README.md")
#: The list for `make uninstall`, which does not know where the archive is unpacked.
INSTALLED = "share/libanchor"


def main():
    prefix, folder = map(pathlib.Path, sys.argv[1:])
    name = f"libanchor-{version()}-linux-{platform.machine()}"
    contents = {str(path.relative_to(prefix)): path for path in prefix.rglob("*")}
    contents |= {name: ROOT / name for name in DOCUMENTS}
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name}.tar.gz"
    with gzip.GzipFile(archive, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path, file in sorted(contents.items()):
            if not path.startswith(INSTALLED):
                tar.add(file, f"{name}/{path}", recursive=False, filter=of_nobody)
    print(archive)


def of_nobody(entry):
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


if __name__ == "__main__":
    main()
