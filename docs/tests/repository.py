"""Paths in the repository, and its Markdown files."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SNIPPETS = ROOT / "docs/snippets"
PAGES = ROOT / "docs/pages"
BUILD = ROOT / "build/docs"
SITE = BUILD / "site"
#: Where the repository is published.
WEBSITE = "https://github.com/libanchor/libanchor"


def markdown_files() -> list[Path]:
    """Every Markdown file that is committed or not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]
