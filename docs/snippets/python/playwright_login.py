"""Logs in without recording the password: LOGIN_PASSWORD=.. playwright_login.py CDP_URL SESSION_ID."""

import os
import sys

from libanchor import Anchorbrowser
from playwright.sync_api import Page, sync_playwright


# [begin login]
def log_in(client: Anchorbrowser, session_id: str, page: Page, user: str, password: str) -> None:
    page.fill("#user", user)
    with client.recordings.paused(session_id):
        page.fill("#password", password)
        page.click("#log-in")
        # Wait until the password is no longer visible.
        page.wait_for_selector("#password", state="detached")


# [end login]


# [begin main]
def main(cdp_url: str, session_id: str) -> None:
    with Anchorbrowser(timeout=10) as client, sync_playwright() as playwright:
        browser = playwright.chromium.connect_over_cdp(cdp_url)
        page = browser.contexts[0].pages[0]
        log_in(client, session_id, page, "me@example.com", os.environ["LOGIN_PASSWORD"])


# [end main]


if __name__ == "__main__":
    main(*sys.argv[1:])
