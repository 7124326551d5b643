#!/usr/bin/env python3
"""Pauses a recording from C, C++, Python and Go in turn. `make demo` builds the programs first.

It uses a sandbox on this machine. If ANCHORBROWSER_API_KEY and SESSION_ID are set, it uses the real
API instead.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEY = "sandbox-key"
PROGRAMS = {
    "C": [ROOT / "build/examples/pause-c"],
    "C++": [ROOT / "build/examples/pause-cpp"],
    "Python": [sys.executable, ROOT / "examples/pause.py"],
    "Go": [ROOT / "build/examples/pause-go"],
}


def main():
    session = os.environ.get("SESSION_ID")
    if session and os.environ.get("ANCHORBROWSER_API_KEY"):
        print(f"pausing the recording of session {session} through the real API")
        for language in PROGRAMS:
            print(f"{language:8}{pause(language, session, os.environ)}")
        return
    with sandbox() as url:
        environment = os.environ | {"ANCHORBROWSER_API_KEY": KEY, "ANCHORBROWSER_BASE_URL": url}
        session = request("POST", f"{url}/v1/sessions")["data"]["id"]
        print(f"the sandbox listens on {url} and records session {session}")
        for language in PROGRAMS:
            message = pause(language, session, environment)
            state = request("GET", f"{url}/sandbox/sessions/{session}")["recording"]
            print(f"{language:8}{message}; the sandbox says: {state}")
            request("POST", f"{url}/v1/sessions/{session}/recordings/resume")


def pause(language, session, environment):
    """Runs the example in this language, and returns what it prints."""
    environment = environment | {"PYTHONPATH": str(ROOT / "bindings/python/src")}
    done = subprocess.run(
        [*PROGRAMS[language], session],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        sys.exit(f"{language}: {done.stderr.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def sandbox():
    """Starts a sandbox, and yields its URL. It ends when its standard input is closed, so at the
    latest with this program."""
    program = os.environ.get("ANCHOR_SANDBOX", ROOT / "target/debug/sandbox")
    command = [program, "--api-key", KEY, "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().removeprefix("listening on ").strip()


def request(method, url):
    """Sends a request to the sandbox, and returns the JSON of its answer."""
    prepared = urllib.request.Request(url, method=method, headers={"anchor-api-key": KEY})
    with urllib.request.urlopen(prepared, timeout=10) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
