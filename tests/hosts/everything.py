#!/usr/bin/env python3
"""Uses the Python package with success and without, from threads and in a child: what valgrind looks at."""

import contextlib
import gc
import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings/python/src"))

import libanchor
from libanchor import Anchorbrowser

SESSIONS = ("abc", "404", "500-once", "302", "html", "garbage", "truncated", "reset-once", "close", "..")


def everything(url):
    client = Anchorbrowser(base_url=os.environ[url], ca_file=os.environ["SANDBOX_CA"], timeout=60, max_retries=1)
    for session in SESSIONS:
        with contextlib.suppress(libanchor.AnchorbrowserError):
            client.recordings.pause_recording(session)
            client.recordings.list_recordings(session)
    with client.recordings.paused("abc"):
        client.recordings.resume_recording("abc")
    with contextlib.suppress(libanchor.AnchorbrowserError):
        client.recordings.pause_recording("stall", timeout=0.3)
    # Closed by the collector.
    del client
    gc.collect()


def main():
    signal.alarm(240)
    threads = [threading.Thread(target=everything, args=[url]) for url in ("SANDBOX_URL", "SANDBOX_TLS_URL")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = Anchorbrowser(base_url=os.environ["SANDBOX_URL"])
    client.recordings.pause_recording("abc")
    child = os.fork()
    client.recordings.pause_recording("abc")
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
