#!/usr/bin/env python3
"""Checks whether the tree can be released as the version in Cargo.toml, and prints what to do
first.

    python3 packaging/release/check.py [--tree-only] [TAG]

TAG is the tag that the release will have. Unless --tree-only is given, the header is regenerated
first, so that a stale one shows as an uncommitted change, and the licences are checked.
"""

import argparse
import re
import subprocess
import sys

from project import ROOT, version


def main():
    parser = argparse.ArgumentParser(description="Checks whether the tree can be released.")
    parser.add_argument("--tree-only", action="store_true", help="generate nothing, and leave out the licences")
    parser.add_argument("tag", nargs="?", metavar="TAG", help="the tag that the release will have")
    arguments = parser.parse_args()
    if not arguments.tree_only:
        subprocess.run(["make", "--quiet", "header"], cwd=ROOT, check=True)
        subprocess.run(["make", "--quiet", "lint-licences"], cwd=ROOT, check=True)
    number = version()
    checks = [cargo, header, python, go, changelog, manuals, licences]
    problems = [problem for check in checks for problem in check(number)]
    problems += clean()
    if arguments.tag and arguments.tag != f"v{number}":
        problems.append(f"the tag is {arguments.tag}: name it v{number}, or change Cargo.toml")
    for problem in problems:
        print(f"release-check: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"libanchor {number} can be released")


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def cargo(number):
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?", number):
        yield f"Cargo.toml: {number} is not a version: write 1.2.3"
    if f'name = "libanchor"\nversion = "{number}"\n' not in text("Cargo.lock"):
        yield "Cargo.lock has another version of libanchor: run cargo check"


def header(number):
    major, minor, patch = re.split(r"[.-]", number)[:3]
    wanted = {"": f'"{number}"', "_MAJOR": major, "_MINOR": minor, "_PATCH": patch}
    for name, value in wanted.items():
        if f"#define ANCHOR_VERSION{name} {value}\n" not in text("include/anchor.h"):
            yield f"include/anchor.h: ANCHOR_VERSION{name} is not {value}: run make header"
    for copy in git("ls-files", "bindings/go/**anchor.h"):
        if text("include/anchor.h") != text(copy):
            yield f"{copy} differs from include/anchor.h: run make header"


def python(number):
    project = text("bindings/python/pyproject.toml")
    if 'dynamic = ["version"]' not in project or 'path = "../../Cargo.toml"' not in project:
        yield "bindings/python/pyproject.toml does not take its version from Cargo.toml: restore [tool.hatch.version]"
    # The module that declares the oldest library that the package accepts.
    files = git("grep", "-lE", r"^MAJOR, MINOR = [0-9]+, [0-9]+$", "bindings/python/src")
    if len(files) != 1:
        yield f"bindings/python/src: MAJOR, MINOR = .. must be declared once, not in {files}"
        return
    declared = re.search(r"^MAJOR, MINOR = (\d+), (\d+)$", text(files[0]), re.MULTILINE)
    major, minor = map(int, number.split(".")[:2])
    if int(declared[1]) != major or int(declared[2]) > minor:
        yield f"{files[0]}: MAJOR, MINOR do not fit {number}: correct them"


def go(number):
    module = re.search(r"^module (\S+)$", text("bindings/go/go.mod"), re.MULTILINE)[1]
    major = int(number.split(".")[0])
    suffix = f"/v{major}" if major > 1 else ""
    if re.sub(r".*?(/v\d+)?$", lambda found: found[1] or "", module) != suffix:
        yield f"bindings/go/go.mod: a module of version {number} ends in {suffix or 'no version'}: correct its path"
    for file in git("ls-files", "bindings/go/*.go", "bindings/go/README.md", "docs/snippets"):
        for other in re.findall(r"libanchor/bindings/go@v(\S+)", text(file)):
            if other.rstrip("`") not in (number, "latest"):
                yield f"{file}: names version {other}: write {number}"


def changelog(number):
    entries = re.findall(r"^## (.+)$", text("CHANGELOG.md"), re.MULTILINE)
    if not entries or not re.fullmatch(rf"{re.escape(number)} - \d{{4}}-\d\d-\d\d", entries[0]):
        yield f"CHANGELOG.md: its first entry is {entries[:1]}: name it '{number} - ' and the date"


def manuals(number):
    """The title of each man page names the version: .TH, or .Os of mdoc."""
    for file in git("ls-files", "*.[1-8]", "*.[1-8].in"):
        title = re.search(r"^\.(TH|Os) .*$", text(file), re.MULTILINE)
        if title is None or (number not in title[0] and "@VERSION@" not in title[0]):
            yield f"{file}: its title does not name {number}: run make pages"


def licences(_number):
    licence = re.search(r'^license = "([^"]+)"', text("Cargo.toml"), re.MULTILINE)[1]
    for file, form in (("bindings/python/pyproject.toml", 'license = "{}"'), ("REUSE.toml", 'Identifier = "{}"')):
        if form.format(licence) not in text(file):
            yield f"{file}: the licence is not {licence}, as in Cargo.toml: make them equal"
    for name in ("LICENSE-APACHE", "LICENSE-MIT"):
        for folder in ("bindings/go", "bindings/python"):
            if text(name) != text(f"{folder}/{name}"):
                yield f"{folder}/{name} is not {name}: copy it"


def clean():
    if changed := git("status", "--porcelain"):
        yield f"the tree is not clean: commit or remove {', '.join(line[3:] for line in changed[:5])}"


if __name__ == "__main__":
    main()
