"""A program for the official SDK works with this package, except as the README says."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import StartSandbox
from fake_server import serving
from paths import ANSWERS, OFFICIAL, SOURCES
from sandbox import Sandbox

PROGRAMS = Path(__file__).with_name("official")
PYTHON = OFFICIAL / "bin" / "python"
VERSION = "1.0.1"
DEADLINE_SECONDS = 50.0
SDKS = ["anchorbrowser", "libanchor"]
IMPORT = "import anchorbrowser as sdk\n"
VERBS = ["pause", "resume", "list", "fetch", "delete"]
STATUSES = ["401", "403", "404", "422", "429", "500"]


@pytest.fixture(scope="module", autouse=True)
def _official() -> None:
    if not (OFFICIAL / "ready").exists():
        pytest.skip(f"anchorbrowser {VERSION} is not installed in {OFFICIAL}: `make build/official/ready` does so")
    done = subprocess.run(
        [PYTHON, "-c", "import anchorbrowser; print(anchorbrowser.__version__)"], capture_output=True, text=True
    )
    assert done.stdout.strip() == VERSION, done.stderr


def run(sdk: str, name: str, *arguments: str) -> str:
    """The output of the program when it imports this SDK."""
    program = (PROGRAMS / name).read_text()
    assert program.count("anchorbrowser") == program.count(IMPORT) == 1
    done = subprocess.run(
        [
            PYTHON if sdk == "anchorbrowser" else sys.executable,
            "-c",
            program.replace(IMPORT, f"import {sdk} as sdk\n"),
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": SOURCES, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def faults() -> Iterator[str]:
    """Options of the sandbox: a session for each status and verb."""
    for verb in VERBS:
        yield from ("--session", f"200-{verb}", "--fault", f"409-{verb}=409-once")
        for name in (*STATUSES, "stall", "close"):
            yield from ("--fault", f"{name}-{verb}={name}")


def results(sdk: str, server: Sandbox) -> list[dict[str, Any]]:
    lines = run(sdk, "program.py", server.key, server.url).replace(server.url, "(the URL)").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("nesting", ["twice", "once"])
def test_one_program_runs_with_both(start_sandbox: StartSandbox, nesting: str) -> None:
    options = [*faults(), "--video-bytes", "100000", *(["--single"] if nesting == "once" else [])]
    official, ours = (results(sdk, start_sandbox(*options)) for sdk in SDKS)
    assert len(official) == len(ours) == len(VERBS) * 11 + 1
    differing = []
    for theirs, mine in zip(official, ours, strict=True):
        if theirs != mine:
            differing.append(mine)
            # The official SDK expects another nesting of this answer, and finds nothing.
            assert {**theirs, "answer": None} == theirs
    # The specification nests a change once more than a deletion. This package reads both.
    expected = ["delete"] if nesting == "twice" else ["pause", "resume"]
    assert [(line["code"], line["verb"]) for line in differing] == [("200", verb) for verb in expected]
    check_results(ours)


def check_results(lines: list[dict[str, Any]]) -> None:
    """Two programs that fail in the same way must not pass the test."""
    by_call = {(line.get("code"), line.get("verb")): line for line in lines}
    assert by_call["200", "pause"]["answer"] == "paused"
    assert by_call["200", "resume"]["answer"] == "recording"
    assert by_call["200", "list"]["answer"]["file_link"].startswith("(the URL)/v1/sessions/")
    assert by_call["200", "fetch"]["answer"][:2] == [200, 100000]
    assert by_call["200", "fetch"]["answer"][3:] == [True, True, 0, True]
    assert by_call["200", "delete"]["answer"] == "deleted"
    for verb in VERBS:
        for code in (*STATUSES, "409"):
            assert by_call[code, verb]["status_code"] == int(code)
            assert by_call[code, verb]["body"]["error"]
        assert by_call["stall", verb]["raised"][0] == "APITimeoutError"
        assert by_call["close", verb]["raised"][0] == "APIConnectionError"
        assert "Expected a non-empty value" in by_call["no id", verb]["refused"]
    assert lines[-1] == {"closed": True}


@contextmanager
def dripping() -> Iterator[str]:
    """A server whose answer takes two seconds, with a byte every 0.1 seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n"
                    )
                    for piece in range(20):
                        if over.wait(0.1):
                            return
                        try:
                            connection.sendall(b'{"data":{"data":{}}}'[piece : piece + 1])
                        except OSError:
                            break

        over = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(DEADLINE_SECONDS)


#: The result of each call with the official SDK, and with this package.
DIFFERENCES = {
    "redirect": ("RecordingsPauseRecordingResponse", "APIStatusError"),
    "page": ("<!DOCTYPE html>", "APIResponseValidationError"),
    "page for a video": ("<!DOCTYPE html>", "APIResponseValidationError"),
    "empty": ("JSONDecodeError", "APIResponseValidationError"),
    "error in 200": ("RecordingsPauseRecordingResponse", "APIResponseValidationError"),
    "no body": ("", "APIResponseValidationError"),
    "pause, nested once": ("AttributeError", "paused"),
    "delete, nested twice": (None, "deleted"),
    "status 201": ("paused", "APIResponseValidationError"),
    "contradiction": ("failed", "APIResponseValidationError"),
    "headers of an error": ("application/json", "AttributeError"),
    "body of an error page": ("<html>Bad Gateway</html>", None),
    "headers of a video": ("video/mp4", "AttributeError"),
    "headers of an answer": ("AttributeError", "AttributeError"),
    "iteration": ("tuple", "RecordingItem"),
    "raw answers": ("AttributeError", "AttributeError"),
    "other name": ("Anchorbrowser", "AttributeError"),
    "slow": ("RecordingsPauseRecordingResponse", "APITimeoutError"),
}


@pytest.mark.parametrize("column", [0, 1], ids=SDKS)
def test_the_differences_are_those_of_the_readme(start_sandbox: StartSandbox, column: int) -> None:
    with serving() as elsewhere, dripping() as drip:
        server = start_sandbox("--session", "demo", "--session-per-fault", "--redirect-to", f"{elsewhere.url}/x")
        single = start_sandbox("--session", "demo", "--single")
        answers = start_sandbox("--answers", str(ANSWERS))
        output = run(SDKS[column], "differences.py", server.key, server.url, single.url, drip, answers.url)
    assert dict(map(json.loads, output.splitlines())) == {name: row[column] for name, row in DIFFERENCES.items()}
    # The official SDK follows a redirect to another host, and sends the API key there.
    assert [headers["anchor-api-key"] for headers in elsewhere.headers] == ([server.key] if column == 0 else [])


@pytest.mark.parametrize(("sdk", "pauses", "deletions"), [("anchorbrowser", 1, 3), ("libanchor", 3, 1)], ids=SDKS)
def test_retries_differ_as_the_readme_says(start_sandbox: StartSandbox, sdk: str, pauses: int, deletions: int) -> None:
    server = start_sandbox("--fault", "pausing=500", "--fault", "deleting=500")
    run(sdk, "retries.py", server.key, server.url)
    assert [len(server.verbs(session)) for session in ("pausing", "deleting")] == [pauses, deletions]
