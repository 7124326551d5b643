"""Makes calls from Python: calls.py MODULE URL CALLS. MODULE is libanchor, anchorbrowser or
requests. Prints a line of JSON.

With libanchor-async or anchorbrowser-async all calls are in flight at the same time, in one event
loop.
"""

from __future__ import annotations

import sys
import time

# Import nothing else before, so that the imports of the module count as its own.
begun = time.monotonic()
name, url, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
sdk = __import__(name.removesuffix("-async"))
WARM_UP = 20
SETTINGS = {"api_key": "sk-benchmark", "base_url": url}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def peak_kilobytes() -> int:
    # Not ru_maxrss, which starts with the memory of the parent process.
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib would count
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def told(first: float, megabytes: float, wall: float, cpu: float, again: float = 0) -> None:
    import json

    each = {"wall": wall / calls * 1e6, "cpu": cpu / calls * 1e6, "again": again / calls * 1e6}
    print(json.dumps({"first": first, "megabytes": megabytes, **each}))


def of_sdk() -> Callable[[], object]:
    client = sdk.Anchorbrowser(**SETTINGS)
    return lambda: client.recordings.pause_recording("session-id")


def of_requests() -> Callable[[], object]:
    """Like a careful program: one session, a timeout, and a checked answer."""
    session = sdk.Session()
    session.headers["anchor-api-key"] = SETTINGS["api_key"]

    def pause() -> object:
        response = session.post(f"{url}/v1/sessions/session-id/recordings/pause", timeout=30)
        response.raise_for_status()
        return response.json()

    return pause


def one_after_the_other() -> None:
    call = of_requests() if name == "requests" else of_sdk()
    call()
    first, megabytes = time.monotonic() - begun, peak_kilobytes() / 1024
    for _ in range(WARM_UP):
        call()
    wall, cpu = time.monotonic(), time.process_time()
    for _ in range(calls):
        call()
    told(first, megabytes, time.monotonic() - wall, time.process_time() - cpu)


async def all_at_once() -> None:
    async with sdk.AsyncAnchorbrowser(**SETTINGS) as client:
        await client.recordings.pause_recording("session-id")
        first, megabytes = time.monotonic() - begun, peak_kilobytes() / 1024
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.gather(*(client.recordings.pause_recording("session-id") for _ in range(calls)))
        connecting, again = time.monotonic() - wall, time.monotonic()
        await asyncio.gather(*(client.recordings.pause_recording("session-id") for _ in range(calls)))
        told(first, megabytes, connecting, (time.process_time() - cpu) / 2, time.monotonic() - again)


if name.endswith("-async"):
    import asyncio

    asyncio.run(all_at_once())
else:
    one_after_the_other()
