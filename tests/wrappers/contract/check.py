#!/usr/bin/env python3
"""Checks the library's requests and the sandbox's answers against the API's specification.

    python3 tools/with_sandbox.py -- python3 tests/wrappers/contract/check.py PRISM

PRISM is the program of @stoplight/prism-cli. It runs as a proxy between the library and the
sandbox, and reports every message that breaks the specification. There are two specifications,
which nest the answers differently. Each is checked with a sandbox that nests them so.
"""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import libanchor

HERE = pathlib.Path(__file__).parent
START_SECONDS = 60
# Sessions of the sandbox for statuses that the specification lists, and the errors that pausing
# them must raise.
SESSIONS = [
    ("abc", None),
    ("unknown", libanchor.NotFoundError),
    ("500", libanchor.InternalServerError),
    ("401", libanchor.AuthenticationError),
]


def main():
    prism = sys.argv[1]
    check(prism, "pause-session-recording.yaml", os.environ["SANDBOX_URL"], SESSIONS)
    # The other sandbox has no sessions for faults, such as 500.
    check(prism, "openapi.yaml", os.environ["SANDBOX_SINGLE_URL"], SESSIONS[:2])
    check_every_endpoint(prism, os.environ["SANDBOX_SINGLE_URL"])
    # Prove that the validator finds violations: an answer that is not an object is one.
    with proxy(prism, "openapi.yaml", os.environ["SANDBOX_URL"]) as (url, output):
        pause(url, "array")
        if not violations(output):
            sys.exit("the validator did not report an answer that breaks the specification")
    print("every request and answer matches the specification")


def check(prism, specification, sandbox, sessions):
    with proxy(prism, specification, sandbox) as (url, output):
        for session, expected in sessions:
            error = pause(url, session)
            if type(error) is not (expected or type(None)):
                sys.exit(f"{specification}: session {session}: {error!r}")
        if found := violations(output):
            sys.exit(f"{specification}: " + "; ".join(found))


def check_every_endpoint(prism, sandbox):
    with proxy(prism, "openapi.yaml", sandbox) as (url, output):
        with libanchor.Anchorbrowser(base_url=url, max_retries=0) as client, tempfile.TemporaryDirectory() as folder:
            session = client.request("POST", "/v1/sessions", body={"session": {}})["data"]["id"]
            client.recordings.pause_recording(session)
            client.recordings.resume_recording(session)
            (recording,) = client.recordings.list_recordings(session).data.items
            client.recordings.download_recording(session, pathlib.Path(folder) / "video.mp4")
            client.recordings.delete_recording(session, recording.id)
            client.request("DELETE", f"/v1/sessions/{session}")
        if found := violations(output):
            sys.exit("openapi.yaml: " + "; ".join(found))


def pause(url, session):
    """Pauses the recording, and returns the error or None."""
    with libanchor.Anchorbrowser(base_url=url, max_retries=0) as client:
        try:
            client.recordings.pause_recording(session)
        except libanchor.AnchorbrowserError as error:
            return error
    return None


@contextlib.contextmanager
def proxy(prism, specification, sandbox):
    """Runs the validator in front of the sandbox, and yields its URL and the file with its output."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [prism, "proxy", "--errors", "--host", "127.0.0.1", "--port", str(port)]
    with tempfile.NamedTemporaryFile("w+") as output:
        process = subprocess.Popen(
            [*command, HERE / specification, sandbox], stdout=output, stderr=output, start_new_session=True
        )
        try:
            wait_for(lambda: "is listening" in read(output), process)
            yield f"http://127.0.0.1:{port}", output
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


def wait_for(condition, process):
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("the validator did not start")
        time.sleep(0.05)


def read(output):
    return pathlib.Path(output.name).read_text()


def violations(output):
    # The proxy prints violations shortly after it has sent the answer.
    time.sleep(0.2)
    return re.findall(r"Violation: .*|terminated with error.*", read(output))


if __name__ == "__main__":
    main()
