"""Pauses the recording of a browser session. The key comes from the environment's ANCHORBROWSER_API_KEY."""

import sys

from libanchor import Anchorbrowser, AnchorbrowserError


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: python pause.py SESSION_ID", file=sys.stderr)
        return 2
    session_id = sys.argv[1]
    try:
        with Anchorbrowser() as client:
            client.recordings.pause_recording(session_id)
    except AnchorbrowserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"paused {session_id}")
    return 0


sys.exit(main())
