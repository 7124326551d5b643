#!/usr/bin/env python3
"""Packs an installation into an archive for C and C++ programs, and prints its name.

    python3 packaging/release/archive.py PREFIX FOLDER [PLATFORM]

PREFIX is a folder that `make install` has filled, for this machine or for PLATFORM. Its pkg-config and
CMake files name their folders relative to themselves, so the archive can be unpacked anywhere. The same
files always give the same archive, byte for byte.
"""

import gzip
import pathlib
import platform
import sys
import tarfile
import zipfile

from project import ROOT, version

DOCUMENTS = ("CHANGELOG.md", "README.md")
#: The list for `make uninstall`, which does not know where the archive is unpacked.
INSTALLED = "share/libanchor"


def main():
    prefix, folder = map(pathlib.Path, sys.argv[1:3])
    named = (*sys.argv[3:], f"linux-{platform.machine()}")[0]
    name = f"libanchor-{version()}-{named}"
    contents = {str(path.relative_to(prefix)): path for path in prefix.rglob("*")}
    contents |= {name: ROOT / name for name in DOCUMENTS}
    packed = sorted((f"{name}/{path}", file) for path, file in contents.items() if not path.startswith(INSTALLED))
    folder.mkdir(parents=True, exist_ok=True)
    print(pack_zip(folder / name, packed) if named.startswith("windows") else pack_tar(folder / name, packed))


def pack_tar(name, contents):
    archive = name.with_name(f"{name.name}.tar.gz")
    with gzip.GzipFile(archive, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path, file in contents:
            tar.add(file, path, recursive=False, filter=of_nobody)
    return archive


def pack_zip(name, contents):
    archive = name.with_name(f"{name.name}.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, file in contents:
            if file.is_file():
                # Without the time of the file.
                packed.writestr(zipfile.ZipInfo(path), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def of_nobody(entry):
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


if __name__ == "__main__":
    main()
