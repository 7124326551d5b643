"""Prints everything that the library returns to a Python program, and crashes: talk.py TRUST PROXY
FILE SESSION...
"""

import faulthandler
import json
import logging
import os
import pickle
import signal
import sys
import traceback

import libanchor
from libanchor import Anchorbrowser, AnchorbrowserError


def tell(what, work):
    try:
        done = work()
        print(f"{what}: {done} {done!r} {vars(done) if hasattr(done, '__dict__') else ''}", flush=True)
    except AnchorbrowserError as error:
        print(f"{what}: {error!r} {error} {vars(error)}", flush=True)
        # The locals of a function that holds the body of a request show it, as in any program.
        told = traceback.TracebackException.from_exception(error, capture_locals=what != "request")
        print("".join(told.format()), flush=True)


def call_all(client, session, file):
    recordings = client.recordings
    tell("pause", lambda: recordings.pause_recording(session))
    tell("list", lambda: recordings.list_recordings(session))
    tell("download", lambda: recordings.download_recording(session, file))
    path, body = f"/v1/sessions/{session}/recordings/resume", json.loads(os.environ["TALK_BODY"])
    tell("request", lambda: client.request("POST", path, body=body))


def main():
    signal.alarm(120)
    faulthandler.enable()
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="log: %(levelno)s %(message)s")
    trust, proxy, file, *sessions = sys.argv[1:]
    client = Anchorbrowser(ca_file=trust or None, proxy=proxy or None, timeout=0.3, max_retries=1)
    for thing in (client, client.recordings, libanchor):
        print(f"object: {thing} {thing!r} {dir(thing)}")
    for session in sessions:
        call_all(client, session, file)
    for copied in (pickle.dumps, lambda thing: thing.__getstate__() if hasattr(thing, "__getstate__") else None):
        try:
            print(f"copy: {copied(client)!r}")
        except Exception:
            traceback.print_exc()
    faulthandler.dump_traceback(all_threads=True)
    with client.recordings.paused(""):  # Raises, and is not caught.
        pass


main()
