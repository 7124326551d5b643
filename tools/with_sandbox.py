#!/usr/bin/env python3
"""Starts sandboxes, runs a command, and stops the sandboxes when the command ends.

    python3 tools/with_sandbox.py [--deadline SECONDS] -- COMMAND...

The command's environment has these variables:

    SANDBOX_URL             the plain sandbox, with the session `abc` and one session for each fault, named like it
    SANDBOX_ANSWERS         the table of answers that the plain sandbox gives to the sessions in it
    SANDBOX_LOG             the file to which the plain sandbox appends a line for each request
    SANDBOX_TLS_URL         an HTTPS sandbox with the same sessions, which speaks HTTP/1.1
    SANDBOX_CA              the certificate authority of the HTTPS sandbox
    SANDBOX_SINGLE_URL      a sandbox with the session `abc`, whose answers are nested once
    SANDBOX_VIDEO_URL       a sandbox with the sessions of the plain one, whose videos are 200 MB long
    ANCHORBROWSER_API_KEY   the API key of all four
    ANCHORBROWSER_BASE_URL  SANDBOX_URL, so that no test reaches the real API

The exit code is that of the command, 128 plus the number of the signal that ended it, or 124 after
the deadline.
"""

import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

KEY = "sandbox-key"
ROOT = pathlib.Path(__file__).resolve().parents[1]
ANSWERS = ROOT / "tests/wrappers/answers.tsv"
DEFAULT_PROGRAM = ROOT / "target/debug/sandbox"


def main():
    parser = argparse.ArgumentParser(description="Runs a command while sandboxes run.")
    parser.add_argument(
        "--deadline", type=int, default=300, metavar="SECONDS", help="for the whole run; 300 by default"
    )
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="the command, after --")
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.alarm(arguments.deadline)
    try:
        with contextlib.ExitStack() as cleanup:
            return run(arguments.command, environment(cleanup))
    except FileNotFoundError as missing:
        sys.exit(f"with_sandbox: {missing.filename} does not exist: build it, or name the sandbox in ANCHOR_SANDBOX")
    except TimeoutError:
        print(f"with_sandbox: {arguments.command[0]} did not end within {arguments.deadline} s", file=sys.stderr)
        return 124


def out_of_time(_number, _frame):
    raise TimeoutError


def environment(cleanup):
    """Starts the sandboxes and returns the environment for the command. `cleanup` stops them."""
    log = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory())) / "requests.log"
    log.touch()
    plain, tls, single, video = (
        cleanup.enter_context(sandbox("--session", "abc", *options))
        for options in (
            ["--session-per-fault", "--log", str(log), "--answers", str(ANSWERS)],
            ["--tls", "--http1", "--session-per-fault"],
            ["--single"],
            ["--session-per-fault", "--video-bytes", "200000000"],
        )
    )
    url = rest_of_line("listening on", plain)
    return os.environ | {
        "SANDBOX_URL": url,
        "SANDBOX_ANSWERS": str(ANSWERS),
        "SANDBOX_LOG": str(log),
        "SANDBOX_TLS_URL": rest_of_line("listening on", tls),
        "SANDBOX_CA": rest_of_line("ca file", tls),
        "SANDBOX_SINGLE_URL": rest_of_line("listening on", single),
        "SANDBOX_VIDEO_URL": rest_of_line("listening on", video),
        "ANCHORBROWSER_API_KEY": KEY,
        "ANCHORBROWSER_BASE_URL": url,
    }


@contextlib.contextmanager
def sandbox(*options):
    """A running sandbox. Its standard input closes when this process ends, which ends the sandbox
    too.
    """
    program = os.environ.get("ANCHOR_SANDBOX", DEFAULT_PROGRAM)
    command = [program, "--port", "0", "--api-key", KEY, "--exit-with-stdin", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()


def rest_of_line(label, process):
    """The next line of the sandbox's output, without the label at its beginning."""
    line = process.stdout.readline()
    if not line.startswith(label):
        sys.exit(f"with_sandbox: expected {label!r} from the sandbox, not {line!r}: is {process.args[0]} up to date?")
    return line.removeprefix(label).strip()


def run(command, environment):
    """Runs the command in its own process group, so that its children can be killed with it."""
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            code = process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
