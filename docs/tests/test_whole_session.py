"""The whole session of the recipe, in every language: what it asks the API for, in which order."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import programs
import pytest
from repository import SNIPPETS
from sandbox import sandbox

PROGRAMS = ["c/session.c", "cpp/session.cpp", "go/session.go", "python/session.py", "sh/session.sh"]
PASSWORD = 'a "quoted\\ password'
SESSION = "/v1/sessions/session-1"
ASKED = [
    "POST /v1/sessions",
    f"POST {SESSION}/goto",
    f"POST {SESSION}/recordings/pause",
    f"POST {SESSION}/keyboard/type",
    f"POST {SESSION}/recordings/resume",
    f"DELETE {SESSION}",
    f"GET {SESSION}/recordings/primary/fetch",
]


def run(program: str, folder: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], list[dict[str, object]]]:
    """Runs a program in this folder. Returns the requests as well."""
    with sandbox(folder / "requests.log", *options) as server:
        done = subprocess.run(
            programs.command(SNIPPETS / program),
            cwd=folder,
            env=programs.environment(
                LOGIN_PASSWORD=PASSWORD,
                LOGIN_PASSWORD_JSON=json.dumps({"text": PASSWORD}),
                **server.environment(),
            ),
            capture_output=True,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        requests = [json.loads(line) for line in server.log.read_text(encoding="utf-8").splitlines()]
    return done, requests


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_session_is_created_used_ended_and_downloaded(program: str, tmp_path: Path) -> None:
    done, requests = run(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert [f"{request['method']} {request['path']}" for request in requests] == ASKED
    typed = json.dumps({"text": PASSWORD}, separators=(",", ":"))
    # Blanks in JSON are a matter of taste.
    assert len(typed) <= int(str(requests[3]["body_bytes"])) <= len(typed) + 8
    assert (tmp_path / "video.mp4").stat().st_size == 4096


@pytest.mark.parametrize("program", PROGRAMS)
def test_after_a_failure_the_session_is_ended_and_nothing_is_typed(program: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.tsv"
    answers.write_text('session-1\tany\t422\t422\t{"error":{"code":422,"message":"No."}}\n', encoding="utf-8")
    done, requests = run(program, tmp_path, "--answers", str(answers))
    assert done.returncode != 0
    assert "422" in done.stderr
    asked = [f"{request['method']} {request['path']}" for request in requests]
    assert asked[:2] == ASKED[:2]
    assert set(asked[2:]) == {f"DELETE {SESSION}"}
    assert not (tmp_path / "video.mp4").exists()
