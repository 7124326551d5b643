"""The recipe for gevent lets other greenlets run, and resumes after Ctrl-C."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import programs
from repository import SNIPPETS
from sandbox import sandbox

if TYPE_CHECKING:
    from pathlib import Path

SNIPPET = SNIPPETS / "python/gevent_logins.py"

#: Counts how often another greenlet runs while the recipe pauses and resumes.
TICKS = """
ticks = []


def tick():
    while True:
        ticks.append(None)
        gevent.sleep(0.01)


gevent.spawn(tick)
"""

#: Runs a program with the default handler of SIGINT, even if the tests run in the background.
INTERRUPTIBLE = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_path(sys.argv[1])
"""


def test_other_greenlets_run_during_the_calls(tmp_path: Path) -> None:
    text = SNIPPET.read_text(encoding="utf-8")
    patched = "gevent.monkey.patch_all()\n"
    text = text.replace(patched, f"{patched}{TICKS}").replace('"""Drives the browser."""', "gevent.sleep(0.1)")
    program = tmp_path / "program.py"
    program.write_text(f"{text}\nprint(len(ticks))\n", encoding="utf-8")
    # Each of the two answers takes 3 seconds.
    with sandbox(tmp_path / "requests.log", "--session", "session-id", "--fault", "session-id=delay") as server:
        done = subprocess.run(
            programs.command(program),
            env=programs.environment(**server.environment()),
            capture_output=True,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        asked = server.asked("session-id")
    assert (done.returncode, done.stderr, asked) == (0, "", ["pause", "resume"])
    assert int(done.stdout) >= 50


def test_the_recording_is_resumed_after_ctrl_c(tmp_path: Path) -> None:
    with sandbox(tmp_path / "requests.log", "--session", "session-id", "--fault", "session-id=delay") as server:
        with subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, str(SNIPPET)],
            env=programs.environment(**server.environment()),
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                deadline = time.monotonic() + programs.DEADLINE_SECONDS
                while not server.asked("session-id"):
                    assert process.poll() is None and time.monotonic() < deadline
                    time.sleep(0.01)
                process.send_signal(signal.SIGINT)
                _output, errors = process.communicate(timeout=programs.DEADLINE_SECONDS)
            finally:
                process.kill()
        assert server.asked("session-id") == ["pause", "resume"]
    assert process.returncode == -signal.SIGINT
    assert re.search(r"^KeyboardInterrupt$", errors, re.MULTILINE), errors
