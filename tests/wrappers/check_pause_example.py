#!/usr/bin/env python3
"""Checks an example program that pauses a recording: its output, its exit code, and the state of
the recording.

    python3 tools/with_sandbox.py -- python3 tests/wrappers/check_pause_example.py PROGRAM...
"""

import json
import os
import subprocess
import sys
import urllib.request

DEADLINE_S = 60

# Arguments, changes of the environment, exit code, standard output, part of the only line on
# standard error.
ROWS = [
    ([], {}, 2, "", "usage: "),
    (["abc", "abc"], {}, 2, "", "usage: "),
    (["abc"], {"ANCHORBROWSER_API_KEY": ""}, 1, "", "ANCHORBROWSER_API_KEY"),
    (["abc"], {"ANCHORBROWSER_API_KEY": "canary"}, 1, "", "401 the API key was not accepted while pausing"),
    (["404"], {}, 1, "", "404 the session was not found while pausing"),
    ([""], {}, 1, "", "session_id is empty"),
    (["abc"], {}, 0, "paused abc\n", None),
]


def main():
    program = sys.argv[1:]
    failures = 0
    for arguments, changes, code, output, error in ROWS:
        assert recording("abc") == "recording", "only the last row pauses the recording"
        done = subprocess.run(
            program + arguments, env=os.environ | changes, capture_output=True, text=True, timeout=DEADLINE_S
        )
        lines = done.stderr.splitlines()
        silent = error is None and not lines
        told = error is not None and len(lines) == 1 and error in lines[0] and "canary" not in lines[0]
        if (done.returncode, done.stdout) != (code, output) or not (silent or told):
            failures += 1
            print(f"{program + arguments} with {changes}: {done}", file=sys.stderr)
    if recording("abc") != "paused":
        failures += 1
        print(f"{program}: reported a pause, but the recording is not paused", file=sys.stderr)
    print(f"{program[-1]}: {len(ROWS)} runs, {failures} failed")
    return 1 if failures else 0


def recording(session_id):
    """The state of the recording in the sandbox, requested without a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"{os.environ['SANDBOX_URL']}/sandbox/sessions/{session_id}"
    with opener.open(url, timeout=DEADLINE_S) as answer:
        return json.load(answer)["recording"]


if __name__ == "__main__":
    sys.exit(main())
