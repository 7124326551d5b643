"""Every snippet compiles without warnings and does what its page says, against a sandbox."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import programs
import pytest
from repository import SNIPPETS
from sandbox import sandbox


@dataclass(frozen=True)
class Run:
    """A run of a snippet, and its expected result."""

    snippet: str
    #: The requests for the session "session-id".
    asked: tuple[str, ...]
    #: The fault of the sandbox for that session.
    fault: str = ""
    #: A pattern in the output, and the exit code.
    output: str = ""
    code: int = 0


UNKNOWN = "it may be paused or not"

RUNS = [
    Run("c/pause.c", ("pause",), output="^paused$"),
    Run("c/pause.c", ("pause",), "404", "do not type the secret: 404", 1),
    Run("c/failure.c", ("pause", "resume"), output="^typing$"),
    Run("c/failure.c", ("pause",), "404", "^the secret was not typed: 404", 1),
    Run("c/cancel.c", ("pause",), "stall", "^ANCHOR_CANCELLED$"),
    Run("c/queue.c", ("pause",)),
    Run("c/queue.c", ("pause",), "404", "^404 ", 1),
    Run("cpp/pause.cpp", ("pause",), output="^paused$"),
    Run("cpp/pause.cpp", ("pause",), "404", "do not type the secret: 404", 1),
    Run("cpp/failure.cpp", ("pause", "resume"), output="^typing$"),
    Run("cpp/failure.cpp", ("pause",), "404", "^the secret was not typed: 404", 1),
    Run("cpp/queue.cpp", ("pause",), output="^session-id: paused$"),
    Run("cpp/queue.cpp", ("pause",), "404", "^session-id: 404 "),
    Run("cpp/deadline.cpp", ("pause",), "stall", UNKNOWN, 1),
    Run("python/pause.py", ("pause",), output="^paused$"),
    Run("python/failure.py", ("pause", "resume"), output="^typing$"),
    Run("python/failure.py", ("pause",), "404", "^there is no such session", 1),
    Run("python/failure.py", ("pause",), "401", "^the secret was not typed: 401", 1),
    Run("python/deadline.py", ("pause",), "stall", UNKNOWN),
    Run("python/fork.py", ("pause", "resume")),
    Run("go/pause.go", ("pause",), output="^paused$"),
    Run("go/pause.go", ("pause",), "404", "do not type the secret: anchor: 404", 1),
    Run("go/failure.go", ("pause", "resume"), output="^typing$"),
    Run("go/failure.go", ("pause",), "404", "^there is no such session", 1),
    Run("go/failure.go", ("pause",), "401", "^the secret was not typed: anchor: 401", 1),
    Run("go/deadline.go", ("pause",), "stall", UNKNOWN),
]

#: Snippets that need more than a sandbox, and the tests that run them.
RUN_ELSEWHERE = {
    "c/event_loop.c": "test_event_loop.py",
    "c/proxy.c": "test_proxy.py",
    "c/session.c": "test_whole_session.py",
    "cpp/session.cpp": "test_whole_session.py",
    "go/http_service.go": "test_services.py",
    "go/log_in_test.go": "test_sandbox.py",
    "go/session.go": "test_whole_session.py",
    "python/asyncio_service.py": "test_services.py",
    "python/gevent_logins.py": "test_gevent.py",
    "python/gunicorn_app.py": "test_services.py",
    "python/playwright_login.py": "test_playwright.py",
    "python/proxy.py": "test_proxy.py",
    "python/session.py": "test_whole_session.py",
    "python/test_log_in.py": "test_sandbox.py",
    "sh/background.sh": "test_sandbox.py",
    "sh/compile-c.sh": "test_shell.py",
    "sh/compile-cpp.sh": "test_shell.py",
    "sh/gunicorn.sh": "test_services.py",
    "sh/install-python.sh": "test_shell.py",
    "sh/prefix-c.sh": "test_projects.py",
    "sh/prefix-cpp.sh": "test_projects.py",
    "sh/prefix-go.sh": "test_projects.py",
    "sh/project-c.sh": "test_projects.py",
    "sh/project-cpp.sh": "test_projects.py",
    "sh/project-go.sh": "test_projects.py",
    "sh/project-python-package.sh": "test_projects.py",
    "sh/project-python.sh": "test_projects.py",
    "sh/session.sh": "test_whole_session.py",
}


@pytest.mark.parametrize("run", RUNS, ids=[f"{run.snippet} {run.fault}".strip() for run in RUNS])
def test_a_snippet_sends_the_expected_requests(run: Run, tmp_path: Path) -> None:
    options = ["--fault", f"session-id={run.fault}"] if run.fault else []
    with sandbox(tmp_path / "requests.log", "--session", "session-id", *options) as server:
        done = subprocess.run(
            programs.command(SNIPPETS / run.snippet),
            cwd=tmp_path,
            env=programs.environment(**server.environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        asked = server.asked("session-id")
    assert (done.returncode, asked) == (run.code, list(run.asked)), done.stdout
    assert re.search(run.output, done.stdout, re.MULTILINE), done.stdout
    if not run.output:
        assert done.stdout == ""


def test_every_snippet_is_tested() -> None:
    files = {str(file.relative_to(SNIPPETS)) for file in SNIPPETS.glob("*/*") if file.suffix not in ("", ".in")}
    assert files == {run.snippet for run in RUNS} | RUN_ELSEWHERE.keys()


@pytest.mark.parametrize("snippet", RUN_ELSEWHERE)
def test_snippets_run_elsewhere_are_named_there(snippet: str) -> None:
    assert f'"{snippet}"' in Path(__file__).with_name(RUN_ELSEWHERE[snippet]).read_text(encoding="utf-8")
