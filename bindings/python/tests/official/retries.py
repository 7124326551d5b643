"""Calls that the API answers with 500: pausing with the default settings, and deleting with two retries."""

import sys

import anchorbrowser as sdk


def main():
    key, url = sys.argv[1:]
    default = sdk.Anchorbrowser(api_key=key, base_url=url)
    twice = sdk.Anchorbrowser(api_key=key, base_url=url, max_retries=2)
    for call in (
        lambda: default.recordings.pause_recording("pausing"),
        lambda: twice.recordings.delete_recording("deleting", "primary"),
    ):
        try:
            call()
        except sdk.InternalServerError:
            continue
        sys.exit("a call succeeded")


main()
