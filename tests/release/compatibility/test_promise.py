"""Checks every released version, and that the check notices what a program would miss.

A released version is a tag vX.Y.Z. The check of a version needs its header and its program, which
the tag holds.
"""

import re
import subprocess

import pytest
from promise import HEADER, HERE, ROOT, Broken, check, declared

PROGRAM = HERE / "program.c"
EXAMPLE = HERE / "example"


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def released_versions():
    return [tag for tag in git("tag", "--list", "v*").split() if re.fullmatch(r"v\d+\.\d+\.\d+", tag)]


def copy_of_example(folder, file, old, new):
    """The example with a change in one file."""
    for name in ("anchor.h", "program.c"):
        text = (EXAMPLE / name).read_text(encoding="utf-8")
        if name == file:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "anchor.h", folder / "program.c"


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("tag", released_versions())
def test_a_program_of_a_released_version_runs(tag, tmp_path, work):
    for path in (HEADER, PROGRAM):
        (tmp_path / path.name).write_text(git("show", f"{tag}:{path.relative_to(ROOT)}"), encoding="utf-8")
    check(tmp_path / HEADER.name, tmp_path / PROGRAM.name, work)


def test_the_program_of_this_version_runs(work):
    check(HEADER, PROGRAM, work)


def test_the_program_of_this_version_calls_every_function():
    called = set(re.findall(r"\b(anchor_\w+)\(", PROGRAM.read_text(encoding="utf-8")))
    assert declared(HEADER) - called == set()


def test_the_example_runs(work):
    check(EXAMPLE / "anchor.h", EXAMPLE / "program.c", work)


ROWS = [
    ("anchor.h", "#endif", "int32_t anchor_gone(void);\n#endif", "functions are gone: anchor_gone"),
    ("anchor.h", "INVALID_HANDLE 2", "INVALID_HANDLE 3", "ANCHOR_INVALID_HANDLE was 3 and is 2"),
    (
        "anchor.h",
        "#define ANCHOR_OK 0",
        "#define ANCHOR_OK 0\n#define ANCHOR_GONE 11",
        "ANCHOR_GONE was 11 and is gone",
    ),
    ("anchor.h", "uint64_t timeout_ms", "uint32_t timeout_ms", "a type has changed"),
    ("anchor.h", "int32_t anchor_free", "void anchor_free", "a type has changed"),
    ("anchor.h", "int32_t level", "int64_t level", "a type has changed"),
    ("program.c", "lines > 0", "lines < 0", "the program fails"),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), ROWS, ids=[row[2].splitlines()[0] for row in ROWS])
def test_a_change_is_noticed(tmp_path, work, file, old, new, expected):
    header, program = copy_of_example(tmp_path, file, old, new)
    with pytest.raises(Broken, match=expected):
        check(header, program, work)
