"""No link in Markdown files or on the site is dead, and no page loads remote resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import markdown
import site_pages
from repository import ROOT, SITE, WEBSITE, markdown_files

if TYPE_CHECKING:
    from pathlib import Path


def is_dead(link: markdown.Link) -> bool:
    """Whether a link of a Markdown file leads nowhere in the repository."""
    parts = urlsplit(link.target)
    if parts.scheme:
        return False
    destination = link.file.parent / unquote(parts.path) if parts.path else link.file
    if not destination.exists():
        return True
    return bool(parts.fragment) and destination.suffix == ".md" and parts.fragment not in markdown.anchors(destination)


def test_markdown_has_no_dead_links() -> None:
    links = [link for file in markdown_files() for link in markdown.links(file)]
    assert len(links) >= 150
    assert [f"{link.file.relative_to(ROOT)}:{link.line}: {link.target}" for link in links if is_dead(link)] == []


def test_markdown_links_to_files_of_the_repository_by_their_paths() -> None:
    # So the links lead to the version that the reader has.
    links = [link for file in markdown_files() for link in markdown.links(file)]
    assert [link for link in links if re.match(rf"{WEBSITE}/(blob|tree)/", link.target)] == []


def test_the_site_has_no_dead_links() -> None:
    assert len(list(SITE.rglob("*.html"))) > 20
    assert site_pages.dead_links(SITE) == []


def test_links_of_the_site_to_files_of_the_repository_are_not_dead() -> None:
    assert site_pages.dead_repository_links(SITE, ROOT, WEBSITE) == []
    assert f"{WEBSITE}/blob/main/examples/pause.c" in (SITE / "guides/c.html").read_text(encoding="utf-8")


def test_the_site_loads_no_remote_resources() -> None:
    assert site_pages.remote_resources(SITE) == []


def test_a_dead_markdown_link_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(
        "# One: *heading*\n\n# `Two`\n\n[a](#one-heading) [b](page.md#two) [c](#three) [d](none.md) `[e](code.md)`\n"
        "\n```c\n# no heading\n[f](block.md)\n```\n\n[g]: gone.md\n[h](https://example.com/none)\n"
    )
    assert [link.target for link in markdown.links(file) if is_dead(link)] == ["#three", "none.md", "gone.md"]


def test_a_dead_link_on_the_site_is_reported(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/index.html").write_text("<h1 id='there'>")
    (tmp_path / "page.html").write_text(
        "<a href='sub/#there'><a href='sub/index.html#not'><a href='#not'><img src='none.png'><a href='/absolute'>"
    )
    assert site_pages.dead_links(tmp_path) == [
        f"page.html: {target}" for target in ("#not", "/absolute", "none.png", "sub/index.html#not")
    ]


def test_a_dead_link_to_the_repository_is_reported(tmp_path: Path) -> None:
    links = ["issues", "blob/main/README.md#install", "tree/main/docs", "blob/main/gone.c", "blob/main/docs"]
    (tmp_path / "page.html").write_text("".join(f"<a href='{WEBSITE}/{link}'>" for link in links))
    assert site_pages.dead_repository_links(tmp_path, ROOT, WEBSITE) == [
        f"page.html: {WEBSITE}/blob/main/docs",
        f"page.html: {WEBSITE}/blob/main/gone.c",
    ]


def test_a_remote_resource_is_reported(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "<script src='https://example.com/a.js'></script><link rel='stylesheet' href='//example.com/a.css'>"
        "<a href='https://example.com/'>a link loads nothing</a><img src='own.png'>"
    )
    assert site_pages.remote_resources(tmp_path) == [
        "page.html: https://example.com/a.js",
        "page.html: //example.com/a.css",
    ]
