"""A program for the official SDK. To use libanchor, only its import has to change.

It prints one line of JSON for each call: what was called, and the result.
"""

import datetime
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import anchorbrowser as sdk

CODES = ["200", "401", "403", "404", "409", "422", "429", "500", "stall", "close"]


def value(answer, *names):
    """The value at this path of names and indexes, or None if there is none."""
    for name in names:
        answer = answer[name] if isinstance(name, int) else getattr(answer, name, None)
    return answer


def item(answer):
    names = ["id", "is_primary", "file_link", "suggested_file_name", "duration", "size", "created_at"]
    return {"count": answer.data.count, **{name: value(answer, "data", "items", 0, name) for name in names}}


def video(response):
    content = response.read()
    with tempfile.TemporaryDirectory() as folder:
        response.write_to_file(Path(folder) / "video.mp4")
        copy = (Path(folder) / "video.mp4").read_bytes()
    result = [response.status_code, len(content), hashlib.sha256(content).hexdigest()]
    result += [copy == content, b"".join(response.iter_bytes()) == content, response.retries_taken]
    response.close()
    return [*result, response.is_closed]


def calls(recordings, session):
    """Each call, with a summary of its answer."""
    yield "pause", lambda: value(recordings.pause_recording(session), "data", "data", "status")
    yield "resume", lambda: value(recordings.resume_recording(session), "data", "data", "status")
    yield "list", lambda: item(recordings.list_recordings(session))
    yield "fetch", lambda: video(recordings.fetch_primary_recording(session))
    yield "delete", lambda: value(recordings.delete_recording(session, "primary"), "data", "status")


def outcome(call):
    try:
        return {"answer": call()}
    except sdk.APIError as error:
        mro = [cls.__name__ for cls in type(error).__mro__ if cls.__module__.partition(".")[0] == sdk.__name__]
        return {"raised": mro, "status_code": getattr(error, "status_code", None), "body": error.body}
    except ValueError as error:
        return {"refused": str(error)}


def main():
    with sdk.Anchorbrowser(api_key=sys.argv[1], base_url=sys.argv[2], max_retries=0, timeout=20) as client:
        for code in CODES:
            seconds = 0.5 if code == "stall" else 20
            recordings = client.with_options(timeout=seconds).recordings
            for verb, _ in calls(recordings, ""):
                # Each verb has its own sessions, because some faults happen only once.
                call = dict(calls(recordings, f"{code}-{verb}"))[verb]
                print(json.dumps({"code": code, "verb": verb, **outcome(call)}, default=datetime.datetime.isoformat))
        for verb, call in calls(client.recordings, ""):
            print(json.dumps({"code": "no id", "verb": verb, **outcome(call)}))
    print(json.dumps({"closed": client.is_closed()}))


main()
