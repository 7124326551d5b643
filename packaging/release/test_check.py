"""Checks the result of check.py for a tree that can be released, and for trees with one mistake
each.
"""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
DEADLINE_SECONDS = 60


def file_in(folder, pattern, containing=""):
    """The path of the one file with that name and that line, wherever the wrapper keeps it."""
    [found] = [path for path in (ROOT / folder).rglob(pattern) if re.search(containing, path.read_text(), re.MULTILINE)]
    return str(found.relative_to(ROOT))


GO_HEADER = file_in("bindings/go", "anchor.h")
PYTHON_ABI = file_in("bindings/python/src", "*.py", "^MAJOR, MINOR = ")


def git(tree, *arguments):
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=tree, check=True, timeout=DEADLINE_SECONDS)


@pytest.fixture
def tree(tmp_path):
    """A clone with the files of the working tree committed, and the changelog of a release day."""
    clone = tmp_path / "a clone"
    git(ROOT, "clone", "--quiet", "--shared", ROOT, clone)
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, timeout=DEADLINE_SECONDS
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
    change(clone, "CHANGELOG.md", r"^## .*$", f"## {VERSION} - 2030-01-31")
    commit(clone)
    return clone


def change(tree, name, pattern, replacement):
    before = (tree / name).read_text(encoding="utf-8")
    after = re.sub(pattern, replacement, before, count=1, flags=re.MULTILINE)
    assert after != before
    (tree / name).write_text(after, encoding="utf-8")


def commit(tree):
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "change")


def check(tree, *arguments):
    command = [sys.executable, "packaging/release/check.py", "--tree-only", *arguments]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    return done.returncode, done.stdout, done.stderr.splitlines()


@pytest.mark.parametrize("tag", [[], [f"v{VERSION}"]])
def test_a_tree_that_can_be_released(tree, tag):
    assert check(tree, *tag) == (0, f"libanchor {VERSION} can be released\n", [])


def test_a_tag_of_another_version(tree):
    code, _, problems = check(tree, "v9.9.9")
    assert code == 1
    assert problems == [f"release-check: the tag is v9.9.9: name it v{VERSION}, or change Cargo.toml"]


def test_an_uncommitted_file(tree):
    (tree / "left behind").write_text("")
    code, _, problems = check(tree)
    assert code == 1
    assert problems == ['release-check: the tree is not clean: commit or remove "left behind"']


ROWS = [
    ("Cargo.lock", r'^(name = "libanchor"\nversion = ").*"$', r'\g<1>9.9.9"', "Cargo.lock has another version"),
    (GO_HEADER, "ANCHOR_OK 0", "ANCHOR_OK 1", f"{GO_HEADER} differs from include/anchor.h"),
    ("bindings/go/go.mod", "^module .*$", r"\g<0>/v2", "bindings/go/go.mod: a module of version"),
    ("bindings/go/doc.go", "^package", "// go get x/libanchor/bindings/go@v9.9.9\n\\g<0>", "names version 9.9.9"),
    ("bindings/python/pyproject.toml", r'^dynamic = \["version"\]', 'version = "9.9.9"', "does not take its version"),
    (
        PYTHON_ABI,
        r"^MAJOR, MINOR = .*$",
        "MAJOR, MINOR = 0, 99",
        "MAJOR, MINOR do not fit",
    ),
    ("CHANGELOG.md", "^## .*$", "## Unreleased", "CHANGELOG.md: its first entry is ['Unreleased']"),
    ("bindings/go/LICENSE-MIT", "MIT", "BSD", "bindings/go/LICENSE-MIT is not LICENSE-MIT"),
    ("REUSE.toml", r'"MIT OR Apache-2\.0"', '"MIT"', "REUSE.toml: the licence is not MIT OR Apache-2.0"),
]


@pytest.mark.parametrize(("name", "pattern", "replacement", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_one_mistake(tree, name, pattern, replacement, expected):
    change(tree, name, pattern, replacement)
    commit(tree)
    code, _, problems = check(tree)
    assert code == 1
    assert len(problems) == 1
    assert expected in problems[0]


def test_a_version_that_was_raised_in_cargo_toml_only(tree):
    change(tree, "Cargo.toml", r'^version = ".*"$', 'version = "0.99.0"')
    commit(tree)
    code, _, problems = check(tree)
    assert code == 1
    expected = [
        "Cargo.lock",
        "ANCHOR_VERSION is",
        "ANCHOR_VERSION_MINOR",
        "bindings/go/README.md: names version",
        "docs/snippets/sh/project-go.sh: names version",
        "CHANGELOG.md",
        *(["its title does not name 0.99.0: run make pages"] * len(list((ROOT / "packaging/command").glob("*.1")))),
    ]
    assert len(problems) == len(expected)
    assert all(each in problem for each, problem in zip(expected, problems, strict=True))


@pytest.mark.parametrize(("title", "problems"), [(f'.TH ANCHOR 1 "" "{VERSION}"', 0), ('.TH ANCHOR 1 "" "0.0.9"', 1)])
def test_the_title_of_a_man_page(tree, title, problems):
    (tree / "anchor.1").write_text(f"{title}\n")
    commit(tree)
    assert len(check(tree)[2]) == problems
