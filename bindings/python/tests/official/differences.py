"""The differences that the README lists, as one SDK shows them: one line of JSON for each call."""

import json
import sys

import anchorbrowser as sdk


def outcome(call):
    try:
        answer = call()
    except Exception as error:
        return type(error).__name__
    return answer if isinstance(answer, (str, bytes, type(None))) else type(answer).__name__


def of_failure(call, look):
    """What `look` finds in the exception of the call."""
    try:
        call()
    except Exception as error:
        return look(error)
    return None


def main():
    key, url, single_url, drip_url, answers_url = sys.argv[1:]
    recordings = sdk.Anchorbrowser(api_key=key, base_url=url, max_retries=0).recordings
    single = sdk.Anchorbrowser(api_key=key, base_url=single_url, max_retries=0).recordings
    drip = sdk.Anchorbrowser(api_key=key, base_url=drip_url, max_retries=0).recordings
    # Sessions of the shared table of answers.
    answers = sdk.Anchorbrowser(api_key=key, base_url=answers_url, max_retries=0).recordings
    calls = {
        "iteration": lambda: type(next(iter(recordings.list_recordings("demo")))).__name__,
        "redirect": lambda: recordings.pause_recording("302"),
        "page": lambda: recordings.pause_recording("html").splitlines()[0],
        "page for a video": lambda: recordings.fetch_primary_recording("html").read().decode().splitlines()[0],
        "empty": lambda: recordings.pause_recording("empty"),
        "error in 200": lambda: recordings.pause_recording("error-in-200"),
        "no body": lambda: recordings.pause_recording("no-content"),
        "pause, nested once": lambda: single.pause_recording("demo").data.data.status,
        "headers of a video": lambda: recordings.fetch_primary_recording("demo").headers["content-type"],
        "headers of an answer": lambda: recordings.pause_recording("demo").headers,
        "delete, nested twice": lambda: recordings.delete_recording("demo", "primary").data.status,
        "status 201": lambda: answers.pause_recording("pause-84").data.data.status,
        "contradiction": lambda: answers.pause_recording("pause-44").data.data.status,
        "headers of an error": lambda: of_failure(
            lambda: recordings.pause_recording("404"), lambda error: error.response.headers["content-type"]
        ),
        "body of an error page": lambda: of_failure(
            lambda: answers.pause_recording("pause-118"), lambda error: error.body
        ),
        "raw answers": lambda: recordings.with_raw_response,
        "other name": lambda: sdk.Client.__name__,
        "slow": lambda: drip.pause_recording("demo", timeout=1),
    }
    for name, call in calls.items():
        print(json.dumps([name, outcome(call)]))


main()
