#!/usr/bin/env python3
"""Writes a bill of materials of the library and the command, in CycloneDX JSON, and prints how many parts it names.

    python3 packaging/release/sbom.py FILE

cargo-cyclonedx also lists optional dependencies that are not built. They are removed by comparison
with `cargo tree`.
"""

import json
import os
import pathlib
import subprocess
import sys

from project import ROOT

NAME = "libanchor-sbom"
CYCLONEDX_VERSION = "0.5.9"
TARGET = "x86_64-unknown-linux-gnu"
CARGO = os.environ.get("CARGO", "cargo")
# The command, which the wheels hold, has more dependencies than the library.
FEATURES = ["--features", "command"]


def main():
    file = pathlib.Path(sys.argv[1])
    options = ["--format", "json", "--spec-version", "1.5", "--target", TARGET, "--no-build-deps", "--quiet", *FEATURES]
    subprocess.run([cyclonedx(), "cyclonedx", *options, "--override-filename", NAME], cwd=ROOT, check=True)
    # It always writes next to Cargo.toml.
    written = ROOT / f"{NAME}.json"
    bill = json.loads(written.read_text(encoding="utf-8"))
    written.unlink()
    parts = built()
    bill["components"] = [part for part in bill["components"] if (part["name"], part["version"]) in parts]
    named = {(part["name"], part["version"]) for part in bill["components"]}
    if named != parts:
        sys.exit(f"sbom: built, but not in the bill: {sorted(parts - named)}")
    references = {part["bom-ref"] for part in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    bill["dependencies"] = [
        needs | {"dependsOn": [other for other in needs.get("dependsOn", []) if other in references]}
        for needs in bill["dependencies"]
        if needs["ref"] in references
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    print(f"{file}: {len(parts)} parts")


def cyclonedx():
    """The program cargo-cyclonedx, which is installed below build if it is missing."""
    program = ROOT / "build/bin/cargo-cyclonedx"
    if not program.exists():
        command = [CARGO, "install", "--quiet", "--locked", "--root", "build", "--target-dir", "build/cyclonedx"]
        subprocess.run([*command, "--version", CYCLONEDX_VERSION, "cargo-cyclonedx"], cwd=ROOT, check=True)
    return program


def built():
    """Name and version of each crate that is built into the binaries, or that runs as a macro during
    their build.
    """
    command = [
        CARGO,
        "tree",
        "--locked",
        *FEATURES,
        "--edges",
        "normal",
        "--target",
        TARGET,
        "--prefix",
        "none",
        "--no-dedupe",
    ]
    tree = subprocess.run([*command, "--format", "{p}"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    crates = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    return {(name, version.removeprefix("v")) for name, version in crates if name != "libanchor"}


if __name__ == "__main__":
    main()
