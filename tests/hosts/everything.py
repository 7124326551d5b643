#!/usr/bin/env python3
"""A Python host that uses the whole package, run under valgrind.

The library promises to read and write only its own memory and to lose none, also when it is loaded
with ctypes. The program makes calls that succeed and calls that fail, on two threads and in a
forked child, and leaves a client to the garbage collector. run_valgrind.py judges it.
"""

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


def use_everything(url_variable):
    client = Anchorbrowser(
        base_url=os.environ[url_variable], ca_file=os.environ["SANDBOX_CA"], timeout=60, max_retries=1
    )
    for session in SESSIONS:
        with contextlib.suppress(libanchor.AnchorbrowserError):
            client.recordings.pause_recording(session)
            client.recordings.list_recordings(session)
    with client.recordings.paused("abc"):
        client.recordings.resume_recording("abc")
    with contextlib.suppress(libanchor.AnchorbrowserError):
        client.recordings.pause_recording("stall", timeout=0.3)
    # The garbage collector closes the client.
    del client
    gc.collect()


def main():
    signal.alarm(240)
    threads = [threading.Thread(target=use_everything, args=[url]) for url in ("SANDBOX_URL", "SANDBOX_TLS_URL")]
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
