#!/usr/bin/env python3
"""Collects the files of a release in a folder of their own: collect.py FOLDER FILE...

It also writes their checksums, and removes what an earlier release left there.
"""

import hashlib
import pathlib
import shutil
import sys


def main():
    folder, files = pathlib.Path(sys.argv[1]), [pathlib.Path(file) for file in sys.argv[2:]]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)
    for old in folder.iterdir():
        if old.name not in {file.name for file in files}:
            old.unlink()
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    print(f"{folder}: {len(sums)} files, and SHA256SUMS")


if __name__ == "__main__":
    main()
