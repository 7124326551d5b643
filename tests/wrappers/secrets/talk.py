"""Prints everything that the package reports to a program in Python, and then crashes:

    talk.py CA_FILE PROXY FILE SESSION...

For each session it pauses, lists, downloads to FILE and sends a request with a body. It prints
every answer, error, traceback and log line, and the representations of the objects. It ends by an
exception that nothing catches. check.py searches the output for secrets.
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


def call_and_report(name, call):
    try:
        answer = call()
        print(f"{name}: {answer} {answer!r} {vars(answer) if hasattr(answer, '__dict__') else ''}", flush=True)
    except AnchorbrowserError as error:
        print(f"{name}: {error!r} {error} {vars(error)}", flush=True)
        # A request's body is a local variable of its caller, so those locals are not captured.
        with_locals = name != "request" and "TALK_WITHOUT_VARIABLES" not in os.environ
        captured = traceback.TracebackException.from_exception(error, capture_locals=with_locals)
        print("".join(captured.format()), flush=True)


def talk(client, session, file):
    recordings = client.recordings
    call_and_report("pause", lambda: recordings.pause_recording(session))
    call_and_report("list", lambda: recordings.list_recordings(session))
    call_and_report("download", lambda: recordings.download_recording(session, file))
    path, body = f"/v1/sessions/{session}/recordings/resume", json.loads(os.environ["TALK_BODY"])
    call_and_report("request", lambda: client.request("POST", path, body=body))


def main():
    signal.alarm(120)
    faulthandler.enable()
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="log: %(levelno)s %(message)s")
    ca_file, proxy, file, *sessions = sys.argv[1:]
    client = Anchorbrowser(ca_file=ca_file or None, proxy=proxy or None, timeout=0.3, max_retries=1)
    for thing in (client, client.recordings, libanchor):
        print(f"object: {thing} {thing!r} {dir(thing)}")
    for session in sessions:
        talk(client, session, file)
    for copy in (pickle.dumps, lambda thing: thing.__getstate__() if hasattr(thing, "__getstate__") else None):
        try:
            print(f"copy: {copy(client)!r}")
        except Exception:
            traceback.print_exc()
    faulthandler.dump_traceback(all_threads=True)
    with client.recordings.paused(""):  # Raises an exception that nothing catches.
        pass


main()
