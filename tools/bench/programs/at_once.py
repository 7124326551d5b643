"""Pauses many sessions at once from one event loop: at_once.py MODULE URL SESSIONS [ROUNDS].

MODULE is libanchor or anchorbrowser. Prints a line of JSON: "wall", the milliseconds from before the
client is created until all answers of the first round are there, and the number of calls that failed
in all rounds. No call is retried.
"""

import asyncio
import importlib
import json
import sys
import time


async def pause_all(name: str, url: str, sessions: int, rounds: int) -> None:
    sdk = importlib.import_module(name)
    begin, milliseconds = time.monotonic(), []
    outcomes: list[object] = []
    async with sdk.AsyncAnchorbrowser(api_key="sk-benchmark", base_url=url, max_retries=0) as client:
        for _ in range(rounds):
            calls = (client.recordings.pause_recording("session-id") for _ in range(sessions))
            outcomes += await asyncio.gather(*calls, return_exceptions=True)
            milliseconds.append((time.monotonic() - begin) * 1000)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    for failure in failures[:1]:
        print(failure, file=sys.stderr)
    print(json.dumps({"wall": milliseconds[0], "failed": len(failures)}))


module, address, *counts = sys.argv[1:]
asyncio.run(pause_all(module, address, int(counts[0]), int(counts[1]) if counts[1:] else 1))
