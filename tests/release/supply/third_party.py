#!/usr/bin/env python3
"""Collects the licences of everything that is built into the library, which those who pass it on must pass on too.

    python3 tests/release/supply/third_party.py FILE [--check]

With --check nothing is written: it fails if FILE is not what would be written.
"""

import json
import pathlib
import re
import subprocess
import sys

from sbom import CARGO, ROOT, TARGET

HEAD = """\
libanchor is built from the crates below, with the Rust standard library (MIT or Apache-2.0). Who passes on the built
library passes on these notices with it. Where a crate may be had under MIT or another licence, it is had under MIT.
"""
LINE = "-" * 100


def main():
    file = pathlib.Path(sys.argv[1])
    crates = dict(sorted(linked().items()))
    by_text = {}
    for (name, version), crate in crates.items():
        by_text.setdefault(licence(crate), []).append(f"{name} {version} ({crate['license']})")
    parts = ["\n".join(names) + "\n\n" + text for text, names in by_text.items()]
    notices = f"\n{LINE}\n\n".join([HEAD, *parts])
    if "--check" in sys.argv and file.read_text(encoding="utf-8") != notices:
        sys.exit(f"{file} is not true any more: run make third-party")
    if "--check" not in sys.argv:
        file.write_text(notices, encoding="utf-8")
    print(f"{file}: {len(crates)} crates, {len(by_text)} texts, {len(notices)} bytes")


def linked():
    """What `cargo metadata` knows of each crate that ends up in the library; macros do not."""
    command = [CARGO, "tree", "--locked", "--edges", "normal,no-proc-macro", "--target", TARGET, "--prefix", "none"]
    tree = subprocess.run(
        [*command, "--no-dedupe", "--format", "{p}"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    command = [CARGO, "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
    known = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    crates = {(crate["name"], f"v{crate['version']}"): crate for crate in known["packages"]}
    return {(name, version[1:]): crates[name, version] for name, version in names if name != "libanchor"}


def licence(crate):
    """The text that the crate brings; of several, that of the licence that is taken."""
    folder = pathlib.Path(crate["manifest_path"]).parent
    all_count = " AND " in crate["license"]
    found = sorted(folder.rglob("*") if all_count else folder.iterdir())
    files = [path for path in found if re.match(r"(?i)(un)?licen[cs]e|copying|notice", path.name) and path.is_file()]
    mit = [path for path in files if "MIT" in path.name.upper()]
    if "MIT" in re.split(r"[ ()/]+", crate["license"]) and not all_count and mit:
        files = mit
    texts = dict.fromkeys(path.read_text(encoding="utf-8").strip() for path in files)
    if not texts:
        sys.exit(f"third-party: {crate['name']} brings no licence: look for it, and say so here")
    return "\n\n".join(texts).replace("\r\n", "\n") + "\n"


if __name__ == "__main__":
    main()
