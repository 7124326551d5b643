#!/usr/bin/env python3
"""Puts a validator between the library and the sandbox: whatever breaks the API's specification fails.

    python3 tools/with_sandbox.py -- python3 tests/wrappers/contract/check.py PRISM

PRISM is the program of @stoplight/prism-cli. Both specifications are checked, each with the nesting that it describes.
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
# A session of the sandbox, and the error that the library must report: what the specification lists.
ROWS = [
    ("abc", None),
    ("unknown", libanchor.NotFoundError),
    ("500", libanchor.InternalServerError),
    ("401", libanchor.AuthenticationError),
]


def main():
    prism = sys.argv[1]
    check(prism, "pause-session-recording.yaml", os.environ["SANDBOX_URL"], ROWS)
    # Only that one sandbox has a session for each fault.
    check(prism, "openapi.yaml", os.environ["SANDBOX_SINGLE_URL"], ROWS[:2])
    check_every_endpoint(prism, os.environ["SANDBOX_SINGLE_URL"])
    # A check that cannot fail proves nothing: an answer that is no object must be noticed.
    with proxy(prism, "openapi.yaml", os.environ["SANDBOX_URL"]) as (url, output):
        report(url, "array")
        if not violations(output):
            sys.exit("the validator did not notice an answer that breaks the specification")
    print("the specification is kept")


def check(prism, specification, sandbox, rows):
    with proxy(prism, specification, sandbox) as (url, output):
        for session, expected in rows:
            error = report(url, session)
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


def report(url, session):
    """The error that pausing gives, if any."""
    with libanchor.Anchorbrowser(base_url=url, max_retries=0) as client:
        try:
            client.recordings.pause_recording(session)
        except libanchor.AnchorbrowserError as error:
            return error
    return None


@contextlib.contextmanager
def proxy(prism, specification, sandbox):
    """A validating proxy in front of the sandbox: its address, and the file that holds its output."""
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
    # The proxy writes its lines after the answer.
    time.sleep(0.2)
    return re.findall(r"Violation: .*|terminated with error.*", read(output))


if __name__ == "__main__":
    main()
