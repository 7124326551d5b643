"""The links of a site's pages, the resources that they load, and their anchors."""

from __future__ import annotations

import functools
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Tags that load their src. A link tag loads its href depending on rel.
_LOADS = {"img", "script", "iframe", "source", "video", "audio", "embed"}
_LINKS_THAT_LOAD = {"stylesheet", "icon", "preload", "modulepreload", "preconnect"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        self.targets += [given[name] for name in ("href", "src") if name in given]
        if tag in _LOADS and "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and _LINKS_THAT_LOAD & set(given.get("rel", "").split()):
            self.loaded.append(given.get("href", ""))


@functools.cache
def _read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def dead_links(site: Path) -> list[str]:
    """Each dead link of each page, as "page: link"."""
    found = []
    for page in sorted(site.rglob("*.html")):
        for target in sorted(set(_read(page).targets)):
            if not _leads_somewhere(page, target):
                found.append(f"{page.relative_to(site)}: {target}")
    return found


def remote_resources(site: Path) -> list[str]:
    """Everything that pages load over the network, as "page: URL"."""
    return [
        f"{page.relative_to(site)}: {url}"
        for page in sorted(site.rglob("*.html"))
        for url in _read(page).loaded
        if urlsplit(url).scheme in ("http", "https") or url.startswith("//")
    ]


def dead_repository_links(site: Path, repository: Path, website: str) -> list[str]:
    """Each link to a file of the repository, on its website, that the repository does not have."""
    found = []
    for page in sorted(site.rglob("*.html")):
        for target in sorted(set(_read(page).targets)):
            file = re.fullmatch(rf"{re.escape(website)}/(blob|tree)/main/([^#?]+)(?:#.*)?", target)
            if not file:
                continue
            path = repository / file[2]
            if not (path.is_dir() if file[1] == "tree" else path.is_file()):
                found.append(f"{page.relative_to(site)}: {target}")
    return found


def _leads_somewhere(page: Path, target: str) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return True
    if parts.path.startswith("/"):
        # It would depend on where the site is installed.
        return False
    destination = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    destination = destination / "index.html" if destination.is_dir() else destination
    if not destination.is_file():
        return False
    fragment = unquote(parts.fragment)
    return not fragment or destination.suffix != ".html" or fragment in _read(destination).ids
