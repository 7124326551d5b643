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
PASSWORD = 'a "quoted\\ pass\x01word'
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


def run(
    program: str, folder: Path, *options: str, password: str = PASSWORD
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, object]]]:
    """Runs a program in this folder. Returns the requests as well."""
    with sandbox(folder / "requests.log", *options) as server:
        environment = programs.environment(LOGIN_PASSWORD=password, **server.environment())
        if not password:
            del environment["LOGIN_PASSWORD"]
        done = subprocess.run(
            programs.command(SNIPPETS / program),
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=programs.DEADLINE_SECONDS,
        )
        requests = [json.loads(line) for line in server.log.read_text(encoding="utf-8").splitlines()]
    return done, requests


def paths(requests: list[dict[str, object]]) -> list[str]:
    return [f"{request['method']} {request['path']}" for request in requests]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_session_is_created_used_ended_and_downloaded(program: str, tmp_path: Path) -> None:
    done, requests = run(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert paths(requests) == ASKED
    typed = json.dumps({"text": PASSWORD}, separators=(",", ":"))
    # Blanks in JSON are a matter of taste.
    assert len(typed) <= int(str(requests[3]["body_bytes"])) <= len(typed) + 8
    assert (tmp_path / "video.mp4").stat().st_size == 4096


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_a_password_no_session_is_created(program: str, tmp_path: Path) -> None:
    done, requests = run(program, tmp_path, password="")
    assert done.returncode != 0
    assert "LOGIN_PASSWORD" in done.stderr
    assert requests == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_answer_without_an_id_is_reported(program: str, tmp_path: Path) -> None:
    done, requests = run(program, tmp_path, "--fault", "array")
    assert done.returncode != 0
    assert done.stderr != ""
    assert program not in ("c/session.c", "cpp/session.cpp") or "no id of a session in the answer: []" in done.stderr
    assert paths(requests) == ASKED[:1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_after_a_failure_the_session_is_ended_and_nothing_is_typed(program: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.tsv"
    answers.write_text('session-1\tany\t422\t422\t{"error":{"code":422,"message":"No."}}\n', encoding="utf-8")
    done, requests = run(program, tmp_path, "--answers", str(answers))
    assert done.returncode != 0
    assert "422" in done.stderr
    asked = paths(requests)
    assert asked[:2] == ASKED[:2]
    assert set(asked[2:]) == {f"DELETE {SESSION}"}
    assert not (tmp_path / "video.mp4").exists()


@pytest.mark.parametrize("program", PROGRAMS)
def test_if_resuming_fails_the_session_is_ended(program: str, tmp_path: Path) -> None:
    done, requests = run(program, tmp_path, "--fault", "resume:500")
    assert done.returncode == 123 if program == "sh/session.sh" else done.returncode != 0
    assert "may still be paused" in done.stderr
    asked = [path for number, path in enumerate(paths(requests)) if path not in paths(requests)[:number]]
    assert asked == ASKED[:-1]
    assert not (tmp_path / "video.mp4").exists()
