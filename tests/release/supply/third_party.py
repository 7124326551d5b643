#!/usr/bin/env python3
"""Collects the licences of all crates that are built into the library and the command `anchor`. They
must accompany every copy of them.

    python3 tests/release/supply/third_party.py FILE [--check]

With --check nothing is written, and a stale FILE is an error.
"""

import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "packaging/release"))
from sbom import CARGO, FEATURES, ROOT, TARGET

HEAD = """\
libanchor and its command are built from the crates below and the Rust standard library (MIT or Apache-2.0). These
notices must accompany every copy of them. A crate that is offered under MIT or another licence is used under MIT.
"""
LINE = "-" * 100
#: Whose binaries have crates of their own. Those for Linux are alike.
OTHER_TARGETS = ("x86_64-pc-windows-gnu",)


def main():
    file = pathlib.Path(sys.argv[1])
    crates = dict(sorted(linked().items()))
    by_text = {}
    for (name, version), crate in crates.items():
        by_text.setdefault(licence(crate), []).append(f"{name} {version} ({crate['license']})")
    parts = ["\n".join(names) + "\n\n" + text for text, names in by_text.items()]
    notices = f"\n{LINE}\n\n".join([HEAD, *parts])
    if "--check" in sys.argv and file.read_text(encoding="utf-8") != notices:
        sys.exit(f"{file} is stale: run python3 tests/release/supply/third_party.py {file}")
    if "--check" not in sys.argv:
        file.write_text(notices, encoding="utf-8")
    print(f"{file}: {len(crates)} crates, {len(by_text)} texts, {len(notices)} bytes")


def linked():
    """The output of `cargo metadata` for each crate in the binaries of any target. Macros are not part of
    them.
    """
    return {name: crate for target in (TARGET, *OTHER_TARGETS) for name, crate in linked_for(target).items()}


def linked_for(target):
    command = [CARGO, "tree", "--locked", *FEATURES, "--edges", "normal,no-proc-macro", "--target", target]
    options = ["--prefix", "none", "--no-dedupe", "--format", "{p}"]
    tree = subprocess.run([*command, *options], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    command = [CARGO, "metadata", "--locked", *FEATURES, "--format-version", "1", "--filter-platform", target]
    known = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    crates = {(crate["name"], f"v{crate['version']}"): crate for crate in known["packages"]}
    return {(name, version[1:]): crates[name, version] for name, version in names if name != "libanchor"}


def licence(crate):
    """The licence text of the crate. If it offers several licences, the one that is used."""
    folder = pathlib.Path(crate["manifest_path"]).parent
    all_count = " AND " in crate["license"]
    found = sorted(folder.rglob("*") if all_count else folder.iterdir())
    files = [path for path in found if re.match(r"(?i)(un)?licen[cs]e|copying|notice", path.name) and path.is_file()]
    mit = [path for path in files if "MIT" in path.name.upper()]
    if "MIT" in re.split(r"[ ()/]+", crate["license"]) and not all_count and mit:
        files = mit
    texts = dict.fromkeys(path.read_text(encoding="utf-8").strip() for path in files)
    if not texts:
        sys.exit(f"third-party: {crate['name']} has no licence file: find its licence and add it here")
    return "\n\n".join(texts).replace("\r\n", "\n") + "\n"


if __name__ == "__main__":
    main()
