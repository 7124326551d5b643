"""The page about statuses lists every status of anchor.h, with its names in each language."""

from __future__ import annotations

import ast
import re

from repository import PAGES, ROOT

PAGE = (PAGES / "statuses.md").read_text(encoding="utf-8")
STATUSES = re.findall(r"^\| (\d+) \| `(ANCHOR_\w+)` \| (?:yes|no|perhaps) \| .+ \|$", PAGE, re.MULTILINE)
#: Status, and its names in C++, Python and Go.
NAMES = re.findall(r"^\| (\d+) \| `([a-z_]+)` \| `(\w+)` \| `(\w+)` \|$", PAGE, re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_status_of_the_header_has_a_row() -> None:
    defined = re.findall(r"^#define (ANCHOR_[A-Z_]+) (\d+)$", read("include/anchor.h"), re.MULTILINE)
    statuses = [(number, name) for name, number in defined if not re.match("ANCHOR_(VERSION|LOG)_", name)]
    assert len(statuses) >= 15
    assert statuses == STATUSES


def test_cpp_names_match() -> None:
    outcome = read("bindings/cpp/include/anchor/outcome.hpp")
    named = dict(re.findall(r"^    (\w+) = (ANCHOR_\w+),$", outcome, re.MULTILINE))
    assert {cpp: dict(STATUSES)[number] for number, cpp, _python, _go in NAMES} == named


def test_python_names_match() -> None:
    source = read("bindings/python/src/libanchor/_status.py")
    constants = {name: int(number) for name, number in re.findall(r"^([A-Z_]+) = (\d+)$", source, re.MULTILINE)}
    named = re.findall(r"^    (\w+): exceptions\.(\w+),$", source, re.MULTILINE)
    classes = {constants[key] if key in constants else int(key): name for key, name in named}
    table = {int(number): python for number, _cpp, python, _go in NAMES}
    assert table.pop(500) == "InternalServerError"
    unnamed = {400, 403, 409, 422}
    assert table == {status: name for status, name in classes.items() if status not in unnamed}
    assert [name for status, name in classes.items() if status in unnamed and f"`{name}`" not in PAGE] == []


def test_go_names_match() -> None:
    source = read("bindings/go/errors.go")
    numbers = dict(re.findall(r"^\t(Status\w+) +Status = (\d+)", source, re.MULTILINE))
    sentinels = re.findall(r"^\t(Status\w+): +(Err\w+),$", source, re.MULTILINE)
    named = {numbers[status]: sentinel for status, sentinel in sentinels} | {"500": "ErrServerError"}
    assert {number: go for number, _cpp, _python, go in NAMES} == named


def test_every_python_exception_is_on_a_page() -> None:
    package = ast.parse(read("bindings/python/src/libanchor/__init__.py"))
    constants = [node.value for node in ast.walk(package) if isinstance(node, ast.Constant)]
    exported = {value for value in constants if isinstance(value, str)}
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES.rglob("*.md"))
    #: Base classes that are never raised themselves.
    bases = {"APIError", "AnchorbrowserError"}
    errors = {name for name in exported if re.fullmatch(r"\w+Error", name)} - bases
    assert len(errors) > 15
    assert [name for name in sorted(errors) if f"`{name}`" not in pages] == []
