"""Measures calls from Python: calls.py MODULE URL CALLS, which prints a line of JSON.

MODULE is libanchor, anchorbrowser or requests, whose calls follow one another. With libanchor-async or
anchorbrowser-async, all calls are in flight at the same time in one event loop.

"first" is the time in seconds until the first call has returned, including the import, and "client"
the part of it since the import. "wall", "cpu" and "again" are microseconds per call.
"""

from __future__ import annotations

import sys
import time

# Import as little as possible before the module, so that its own imports count.
start = time.monotonic()
name, url, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
sdk = __import__(name.removesuffix("-async"))
imported = time.monotonic()
WARM_UP = 20
SETTINGS = {"api_key": "sk-benchmark", "base_url": url}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def peak_kilobytes() -> int:
    # ru_maxrss would include the memory of the parent process.
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - importing pathlib would count
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def report(first: float, megabytes: float, wall: float, cpu: float, again: float = 0) -> None:
    import json

    each = {"wall": wall / calls * 1e6, "cpu": cpu / calls * 1e6, "again": again / calls * 1e6}
    print(json.dumps({"first": first, "client": start + first - imported, "megabytes": megabytes, **each}))


def sdk_call() -> Callable[[], object]:
    client = sdk.Anchorbrowser(**SETTINGS)
    return lambda: client.recordings.pause_recording("session-id")


def requests_call() -> Callable[[], object]:
    """Calls as a careful program would make them: one session, a timeout and a checked response."""
    session = sdk.Session()
    session.headers["anchor-api-key"] = SETTINGS["api_key"]

    def pause() -> object:
        response = session.post(f"{url}/v1/sessions/session-id/recordings/pause", timeout=30)
        response.raise_for_status()
        return response.json()

    return pause


def run_sequentially() -> None:
    call = requests_call() if name == "requests" else sdk_call()
    call()
    first, megabytes = time.monotonic() - start, peak_kilobytes() / 1024
    for _ in range(min(WARM_UP, calls)):
        call()
    wall, cpu = time.monotonic(), time.process_time()
    for _ in range(calls):
        call()
    report(first, megabytes, time.monotonic() - wall, time.process_time() - cpu)


async def run_concurrently() -> None:
    async with sdk.AsyncAnchorbrowser(**SETTINGS) as client:
        await client.recordings.pause_recording("session-id")
        first, megabytes = time.monotonic() - start, peak_kilobytes() / 1024
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.gather(*(client.recordings.pause_recording("session-id") for _ in range(calls)))
        first_round, again = time.monotonic() - wall, time.monotonic()
        await asyncio.gather(*(client.recordings.pause_recording("session-id") for _ in range(calls)))
        report(first, megabytes, first_round, (time.process_time() - cpu) / 2, time.monotonic() - again)


if name.endswith("-async"):
    import asyncio

    asyncio.run(run_concurrently())
else:
    run_sequentially()
