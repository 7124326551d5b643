"""Calls from Python: calls.py MODULE URL CALLS, where MODULE is libanchor, anchorbrowser or requests. Prints a line of
JSON. MODULE-async, of the first two, has all calls under way at once, in one event loop.
"""

import asyncio
import contextlib
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

WARM_UP = 20
begun = time.monotonic()
name, url, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
sdk = importlib.import_module(name.removesuffix("-async"))
SETTINGS = {"api_key": "sk-benchmark", "base_url": url}


def told(first: float, wall: float, cpu: float) -> None:
    figures = {"first": first, "wall": wall / calls * 1e6, "cpu": cpu / calls * 1e6}
    print(json.dumps({**figures, "megabytes": peak_kilobytes() / 1024}))


def peak_kilobytes() -> int:
    # Not ru_maxrss, which begins with the memory of the process that started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


@contextlib.contextmanager
def of_sdk() -> Iterator[Callable[[], object]]:
    with sdk.Anchorbrowser(**SETTINGS) as client:
        yield lambda: client.recordings.pause_recording("session-id")


@contextlib.contextmanager
def of_requests() -> Iterator[Callable[[], object]]:
    """As a careful program would do it: one session, a timeout, and the answer looked at."""
    with sdk.Session() as session:
        session.headers["anchor-api-key"] = SETTINGS["api_key"]

        def pause() -> object:
            response = session.post(f"{url}/v1/sessions/session-id/recordings/pause", timeout=30)
            response.raise_for_status()
            return response.json()

        yield pause


def one_after_the_other() -> None:
    with of_requests() if name == "requests" else of_sdk() as call:
        call()
        first = time.monotonic() - begun
        for _ in range(WARM_UP):
            call()
        wall, cpu = time.monotonic(), time.process_time()
        for _ in range(calls):
            call()
        told(first, time.monotonic() - wall, time.process_time() - cpu)


async def all_at_once() -> None:
    async with sdk.AsyncAnchorbrowser(**SETTINGS) as client:
        await client.recordings.pause_recording("session-id")
        first = time.monotonic() - begun
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.gather(*(client.recordings.pause_recording("session-id") for _ in range(calls)))
        told(first, time.monotonic() - wall, time.process_time() - cpu)


asyncio.run(all_at_once()) if name.endswith("-async") else one_after_the_other()
