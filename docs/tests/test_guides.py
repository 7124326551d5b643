"""The READMEs of the wrappers are pages of the site, the guides, and links lead to the pages of the site."""

from __future__ import annotations

import importlib.util
from typing import Any

import markdown
import pytest
from repository import PAGES, ROOT, SITE, WEBSITE

LANGUAGES = ("c", "cpp", "python", "go")


def tool() -> Any:
    """docs/tools/pages.py as a module."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "docs/tools/pages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_has_everything_that_the_readme_has(language: str) -> None:
    page = (SITE / f"guides/{language}.html").read_text(encoding="utf-8")
    headings = markdown.anchors(ROOT / f"bindings/{language}/README.md")
    assert len(headings) > 8
    assert [heading for heading in headings if f'id="{heading}"' not in page] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_of_a_language_links_to_its_guide(language: str) -> None:
    targets = [link.target for link in markdown.links(PAGES / f"start/{language}.md")]
    assert f"../../../bindings/{language}/README.md" in targets


def test_no_page_names_a_path_in_place_of_a_guide() -> None:
    assert [page for page in PAGES.rglob("*.md") if "`bindings/" in page.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("#errors", "#errors"),
        ("https://example.com/a", "https://example.com/a"),
        ("../../README.md#install", "../install.md"),
        ("../../docs/pages/statuses.md#table", "../statuses.md#table"),
        ("../../include/anchor.h", "../reference/c.md"),
        ("../go/README.md#errors", "go.md#errors"),
        ("../go/doc.go#linking", "../reference/go.md#linking"),
        ("../cpp/include/anchor/client.hpp#client", "../reference/cpp.md#client"),
        ("../python", "python.md"),
        ("src/anchor_easy.c", f"{WEBSITE}/blob/main/bindings/c/src/anchor_easy.c"),
        ("src", f"{WEBSITE}/tree/main/bindings/c/src"),
    ],
)
def test_links_are_rewritten_for_the_site(target: str, address: str) -> None:
    assert tool().address(target, "bindings/c/README.md", "guides/c.md") == address


@pytest.mark.parametrize(
    ("page", "target", "address"),
    [
        ("index.md", "start/c.md", "start/c.md"),
        ("index.md", "../../bindings/c/README.md#errors", "guides/c.md#errors"),
        ("start/c.md", "../install.md#go", "../install.md#go"),
        ("start/c.md", "../../../include/anchor.h", "../reference/c.md"),
        (
            "reference/index.md",
            "../../../bindings/python/src/libanchor/_client.py#Anchorbrowser",
            "python.md#Anchorbrowser",
        ),
        ("sandbox.md", "../../tools/sandbox/README.md#faults", f"{WEBSITE}/blob/main/tools/sandbox/README.md#faults"),
    ],
)
def test_links_of_pages_are_rewritten_for_the_site(page: str, target: str, address: str) -> None:
    assert tool().address(target, f"docs/pages/{page}", page) == address


def test_code_is_left_as_it_is_and_languages_get_tabs() -> None:
    text = "**C**\n\n<!-- snippet: c/a.c -->\n```c\na[1](b);\n\nc();\n```\n\n[d](e.md)\n"
    made = tool().for_site(text, "docs/pages/x/y.md", "x/y.md")
    assert made == '=== "C"\n\n    ```c\n    a[1](b);\n\n    c();\n    ```\n\n[d](e.md)\n'
