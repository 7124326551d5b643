"""Tells PyInstaller, through an entry point of the package, where its hook is."""

from __future__ import annotations

import os


def hook_folders() -> list[str]:
    """The folder of `hook-libanchor.py`."""
    return [__file__.rpartition(os.sep)[0]]
