"""Runs Python programs in child processes."""

from __future__ import annotations

import os
import subprocess
import sys
from textwrap import dedent

from paths import SOURCES
from sandbox import DEADLINE_SECONDS, Sandbox

__all__ = ["dedent", "run"]


def run(
    program: str, server: Sandbox, *arguments: str, deadline: float = DEADLINE_SECONDS, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the program. Its client finds the key and the URL of the server in the environment."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(program), *arguments],
        env={
            **os.environ,
            "PYTHONPATH": SOURCES,
            "ANCHORBROWSER_API_KEY": server.key,
            "ANCHORBROWSER_BASE_URL": server.url,
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=deadline,
    )
