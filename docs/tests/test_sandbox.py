"""The ways to run the sandbox that its page shows: by make, in the background, and in tests of one's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import programs
from repository import ROOT, SNIPPETS


def test_make_sandbox_prints_its_address_first_and_ends_with_make() -> None:
    command = ["make", "--no-print-directory", "sandbox"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as make:
        assert make.stdout
        lines = [make.stdout.readline() for _ in range(3)]
        make.send_signal(signal.SIGTERM)
        # The sandbox has the other end of this pipe, so it ended too.
        assert make.stdout.read() == ""
    assert lines[0].startswith("listening on http://127.0.0.1:")
    assert lines[1:] == ["export ANCHORBROWSER_API_KEY=sandbox-key\n", f"export ANCHORBROWSER_BASE_URL={lines[0][13:]}"]


def test_make_sandbox_takes_a_port() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "sandbox", "PORT=8080"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--port 8080 " in printed


def test_a_script_runs_the_sandbox_in_the_background(tmp_path: Path) -> None:
    (tmp_path / "target/debug").mkdir(parents=True)
    sandbox = os.environ.get("ANCHOR_SANDBOX") or str(ROOT / "target/debug/sandbox")
    (tmp_path / "target/debug/sandbox").symlink_to(sandbox)
    # The output is a file: a pipe would stay open if the sandbox did not end.
    with (tmp_path / "output").open("w") as output:
        done = subprocess.run(
            programs.command(SNIPPETS / "sh/background.sh"),
            cwd=tmp_path,
            env=programs.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=programs.DEADLINE_SECONDS,
        )
    assert done.returncode == 0, (tmp_path / "output").read_text()
    address = (tmp_path / "sandbox.out").read_text().splitlines()[0].removeprefix("listening on ")
    deadline = time.monotonic() + programs.DEADLINE_SECONDS
    while subprocess.run(["curl", "--silent", f"{address}/sandbox/faults"], stdout=subprocess.DEVNULL).returncode == 0:
        assert time.monotonic() < deadline, "the sandbox did not end"
        time.sleep(0.05)


def test_python_tests_with_a_sandbox_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SNIPPETS / "python/test_log_in.py")]
    assert "3 passed" in passed(command, SNIPPETS / "python")


def test_go_tests_with_a_sandbox_pass() -> None:
    # Inside the module, so that it need not be published.
    flags = f'"-L{programs.LIBRARY.parent}" -lanchor "-Wl,-rpath,{programs.LIBRARY.parent}"'
    command = [os.environ.get("GO", "go"), "test", "-tags", "anchor_ldflags", "-v", str(SNIPPETS / "go/log_in_test.go")]
    assert "--- PASS: TestLogIn" in passed(command, ROOT / "bindings/go", CGO_LDFLAGS=flags)


def passed(command: list[str], folder: Path, **variables: str) -> str:
    sandbox = os.environ.get("ANCHOR_SANDBOX") or str(ROOT / "target/debug/sandbox")
    done = subprocess.run(
        command,
        cwd=folder,
        env=programs.environment(ANCHOR_SANDBOX=sandbox, PYTHONDONTWRITEBYTECODE="1", **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=programs.DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
