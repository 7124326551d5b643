"""What every page of the site has: a link to the repository, the version, a switch of the theme, and
links to its neighbours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import markdown
from repository import PAGES, ROOT, SITE, WEBSITE

if TYPE_CHECKING:
    from pathlib import Path


def pages() -> list[Path]:
    """All pages of the site."""
    found = sorted(SITE.rglob("*.html"))
    assert len(found) > 20
    return found


def without(text: str) -> list[str]:
    """The pages that do not contain a text."""
    return [str(page.relative_to(SITE)) for page in pages() if text not in page.read_text(encoding="utf-8")]


def test_every_page_links_to_the_repository_and_shows_the_version() -> None:
    found = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    version = found[1]
    assert without(f'<a href="{WEBSITE}"') == []
    assert without(f'md-source__fact--version">{version}<') == []
    assert without(f"libanchor {version}, MIT or Apache-2.0") == []
    assert WEBSITE.removeprefix("https://") in (ROOT / "bindings/go/go.mod").read_text(encoding="utf-8")


def test_every_page_has_a_switch_of_the_theme() -> None:
    for mode in ("light mode", "dark mode", "system preference"):
        assert without(f'title="Switch to {mode}"') == []


def test_every_page_has_links_to_its_neighbours() -> None:
    lonely = without("md-footer__link--prev")
    assert lonely == ["index.html"]
    assert len(without("md-footer__link--next")) == 1


def test_the_first_page_begins_with_a_whole_program_in_each_language() -> None:
    page = PAGES / "index.md"
    blocks = [block for block in markdown.blocks(page) if block.number == 1]
    assert [block.before for block in blocks] == [
        f"<!-- snippet: {folder}/pause.{suffix} -->"
        for folder, suffix in (("python", "py"), ("c", "c"), ("cpp", "cpp"), ("go", "go"))
    ]
    lines = page.read_text(encoding="utf-8").splitlines()
    assert blocks[-1].line < lines.index("## Where to go next")


def test_no_page_asks_github_for_the_number_of_stars() -> None:
    # The script of the theme sends requests for each such element.
    asking = [page for page in pages() if re.search('data-md-component="?source', page.read_text(encoding="utf-8"))]
    assert asking == []
