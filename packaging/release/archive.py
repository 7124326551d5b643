#!/usr/bin/env python3
"""Packs the library, the headers and the licences for C and C++ programs into one archive, and
prints its name.

    python3 packaging/release/archive.py LIBRARY FOLDER

The same files always give the same archive, byte for byte.
"""

import gzip
import io
import os
import pathlib
import platform
import subprocess
import sys
import tarfile

from project import ROOT, version

#: The SONAME.
LIBRARY_NAME = "libanchor.so.0"
FILES = {
    "include/anchor.h": "include/anchor.h",
    "include/anchor_easy.h": "bindings/c/include/anchor_easy.h",
    "include/anchor.hpp": "bindings/cpp/include/anchor.hpp",
    "src/anchor_easy.c": "bindings/c/src/anchor_easy.c",
    **{name: name for name in ("CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "THIRD-PARTY-LICENSES")},
}


def main():
    library, folder = map(pathlib.Path, sys.argv[1:])
    command, english = ["readelf", "--dynamic", library], os.environ | {"LC_ALL": "C"}
    dynamic = subprocess.run(command, check=True, capture_output=True, text=True, env=english).stdout
    if f"soname: [{LIBRARY_NAME}]" not in dynamic:
        sys.exit(
            f"archive: {library} is not called {LIBRARY_NAME}: build.rs should link it with -Wl,-soname,{LIBRARY_NAME}"
        )
    name = f"libanchor-{version()}-linux-{platform.machine()}"
    contents = {f"lib/{LIBRARY_NAME}": library} | {path: ROOT / file for path, file in FILES.items()}
    parts = sorted((ROOT / "bindings/cpp/include/anchor").glob("*.hpp"))
    contents |= {f"include/anchor/{part.name}": part for part in parts}
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name}.tar.gz"
    with gzip.GzipFile(archive, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path, file in sorted(contents.items()):
            data = file.read_bytes()
            add(tar, f"{name}/{path}", data, mode=0o755 if path.startswith("lib/") else 0o644)
        link = tarfile.TarInfo(f"{name}/lib/libanchor.so")
        link.type, link.linkname = tarfile.SYMTYPE, LIBRARY_NAME
        tar.addfile(link)
    print(archive)


def add(tar, name, data, mode):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))


if __name__ == "__main__":
    main()
