"""The site in a real browser: its search, its themes, and its pages on narrow and wide screens."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from repository import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from playwright.sync_api import Browser, Page

PAGES = sorted(str(page.relative_to(SITE)) for page in SITE.rglob("*.html"))
#: A phone and a laptop.
WIDTHS = (390, 1280)

#: What a reader cannot reach: text that is cut off, or a column of single letters.
UNREADABLE = """() => {
  const scrolls = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true
    }
    return false
  }
  const found = []
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is too wide")
  for (const cell of document.querySelectorAll(".md-typeset td, .md-typeset th")) {
    const box = cell.getBoundingClientRect()
    if (!box.width) continue
    if (box.right > innerWidth && !scrolls(cell)) found.push("cut off: " + cell.textContent)
    if (box.width < 40 && cell.textContent.trim().length > 4) found.push("narrow: " + cell.textContent)
  }
  return found
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is missing: install it"
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work as root.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_can_be_read_and_loads_nothing_from_elsewhere(
    width: int, scheme: Literal["light", "dark"], address: str, browser: Browser
) -> None:
    assert len(PAGES) > 20
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    for name in PAGES:
        page.goto(f"{address}/{name}")
        assert page.evaluate(UNREADABLE) == [], name
        assert _background(page) == ("dark" if scheme == "dark" else "light"), name
    assert [url for url in loaded if not url.startswith((address, "data:", "blob:"))] == []
    context.close()


def test_what_cannot_be_read_is_reported(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.set_content(
        "<div class='md-typeset' style='overflow: hidden'><table style='white-space: nowrap'>"
        f"<td>{'far ' * 100}</td><td>away</td></table>"
        "<table style='table-layout: fixed; width: 20px'><td>letters</td></table></div>"
    )
    assert [line.partition(":")[0] for line in page.evaluate(UNREADABLE)] == ["cut off", "cut off", "narrow"]
    page.close()


def test_tables_show_the_headings_of_their_columns_on_a_phone(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(f"{address}/statuses.html")
    labels = page.evaluate(
        "[...document.querySelector('tbody tr').cells].map((cell) => getComputedStyle(cell, '::before').content)"
    )
    assert labels == ['"status: "', '"name: "', '"sent? "', '"what to do: "']
    page.close()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("RecordingsResource", "reference/python.html#RecordingsResource"),
        ("anchor_pause_recording", "reference/c.html#anchor_pause_recording"),
        ("anchor_easy_download_with", "reference/c-wrapper.html#anchor_easy_download_with"),
        ("paused_recording", "reference/cpp.html#paused_recording"),
        ("WhilePaused", "reference/go.html#recordingswhilepaused"),
    ],
)
def test_the_search_finds_a_name(words: str, expected: str, address: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{address}/index.html")
    page.click(".md-search__button")
    page.keyboard.type(words)
    # The address also holds the words, which the page then highlights.
    file, _, heading = expected.partition("#")
    page.wait_for_selector(f'a[href*="{file}"][href$="#{heading}"]', timeout=20_000)
    page.close()


def test_the_theme_can_be_switched(address: str, browser: Browser) -> None:
    page = browser.new_page(color_scheme="light")
    page.goto(f"{address}/index.html")
    seen = [_background(page)]
    for mode in ("light mode", "dark mode", "system preference"):
        page.click(f'label[title="Switch to {mode}"]')
        seen.append(_background(page))
    assert seen == ["light", "light", "dark", "light"]
    page.close()


def _background(page: Page) -> str:
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(", ")[:3])
    return "light" if brightness > 384 else "dark"
