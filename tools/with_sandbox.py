#!/usr/bin/env python3
"""Runs a command beside sandboxes, and ends them with it.

    python3 tools/with_sandbox.py [--deadline SECONDS] -- COMMAND...

The command finds in its environment:

    SANDBOX_URL             a plain sandbox with the session `abc` and one session for each fault, named like it
    SANDBOX_ANSWERS         the table of answers that the plain sandbox gives to the sessions named there
    SANDBOX_LOG             the file to which that sandbox appends a line for each request
    SANDBOX_TLS_URL         an https sandbox with the same sessions, which speaks HTTP/1.1
    SANDBOX_CA              the certificate authority to trust for it
    SANDBOX_SINGLE_URL      a sandbox with the session `abc` whose answers are nested once
    SANDBOX_VIDEO_URL       a sandbox with the same sessions as the plain one, whose videos have 200 MB
    ANCHORBROWSER_API_KEY   the key of all four
    ANCHORBROWSER_BASE_URL  the same as SANDBOX_URL, so that no test reaches the real API

Exits as the command did, with 128 more than the signal if one ended it, or with 124 when the deadline has passed.
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
DEFAULT_PROGRAM = ROOT / "target/debug/examples/sandbox"


def main():
    parser = argparse.ArgumentParser(description="Runs a command beside sandboxes.")
    parser.add_argument("--deadline", type=int, default=300, metavar="SECONDS", help="for everything; 300 by default")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="after --, with its arguments")
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, out_of_time)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.alarm(arguments.deadline)
    try:
        with contextlib.ExitStack() as cleanup:
            return run(arguments.command, environment(cleanup))
    except FileNotFoundError as missing:
        sys.exit(f"with_sandbox: there is no {missing.filename}: build it; ANCHOR_SANDBOX can name the sandbox")
    except TimeoutError:
        print(f"with_sandbox: not done within {arguments.deadline} s: {arguments.command[0]}", file=sys.stderr)
        return 124


def out_of_time(_number, _frame):
    raise TimeoutError


def environment(cleanup):
    """Starts the sandboxes, which `cleanup` ends, and says where they are."""
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
    """A sandbox that also ends when this process does: its standard input closes then."""
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
    """The rest of the sandbox's next line of output, which begins with `label`."""
    line = process.stdout.readline()
    if not line.startswith(label):
        sys.exit(f"with_sandbox: expected {label!r} from the sandbox, not {line!r}: is {process.args[0]} up to date?")
    return line.removeprefix(label).strip()


def run(command, environment):
    """Runs the command in a process group of its own, so that what it started can be ended with it."""
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        try:
            code = process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
