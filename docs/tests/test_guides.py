"""The READMEs of the wrappers are pages of the site, the guides, and other pages link to them."""

from __future__ import annotations

import importlib.util
from typing import Any

import markdown
import pytest
from repository import PAGES, ROOT, SITE, WEBSITE

LANGUAGES = ("c", "cpp", "python", "go")


def tool() -> Any:
    """docs/tools/guides.py as a module."""
    spec = importlib.util.spec_from_file_location("guides", ROOT / "docs/tools/guides.py")
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
    assert f"../guides/{language}.md" in targets


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
        ("../go/README.md#errors", "../guides/go.md#errors"),
        ("../python", "../guides/python.md"),
        ("src/anchor_easy.c", f"{WEBSITE}/blob/main/bindings/c/src/anchor_easy.c"),
        ("src", f"{WEBSITE}/tree/main/bindings/c/src"),
    ],
)
def test_links_are_rewritten_for_the_site(target: str, address: str) -> None:
    assert tool().address(target, "bindings/c") == address
