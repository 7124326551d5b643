"""Starts a sandbox of the API, and reads the requests that it received."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRAM = os.environ.get("ANCHOR_SANDBOX") or str(ROOT / "target/debug/sandbox")
KEY = "sandbox-key"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox."""

    url: str
    ca_file: str
    log: Path

    def asked(self, session: str) -> list[str]:
        """The last segments of the paths that were requested for a session, in order."""
        lines = self.log.read_text(encoding="utf-8").splitlines(keepends=True)
        # The last line may be half written.
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
        return [entry["path"].rpartition("/")[2] for entry in entries if entry["session"] == session]

    def environment(self) -> dict[str, str]:
        """The variables with which every client finds the sandbox."""
        return {"ANCHORBROWSER_API_KEY": KEY, "ANCHORBROWSER_BASE_URL": self.url}


@contextlib.contextmanager
def sandbox(log: Path, *options: str) -> Iterator[Sandbox]:
    """Runs a sandbox. It also ends if this process ends, because its standard input closes then."""
    assert Path(_PROGRAM).exists(), f"{_PROGRAM} is missing: run make sandbox-program, or set ANCHOR_SANDBOX"
    log.touch()
    command = [_PROGRAM, "--port", "0", "--api-key", KEY, "--log", str(log), "--exit-with-stdin", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = _rest_of_line(process, "listening on ")
            yield Sandbox(url, _rest_of_line(process, "ca file ") if "--tls" in options else "", log)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()


def _rest_of_line(process: subprocess.Popen[str], label: str) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().rstrip("\n")
    assert line.startswith(label), f"the sandbox printed {line!r}"
    return line.removeprefix(label)
