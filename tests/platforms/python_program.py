"""Checks that the installed package works on the system that runs this, and prints how many checks it made.

tools/with_sandbox.py starts it, and the sandboxes that it talks to.
"""

import asyncio
import logging
import os
import pathlib
import sys
import tempfile
import threading
import time
import urllib.request

import libanchor
from libanchor import Anchorbrowser, AsyncAnchorbrowser

failed = []
made = 0


def check(holds, what):
    global made
    made += 1
    if not holds:
        failed.append(what)
        print(f"failed: {what}", flush=True)


def recording(session):
    url = f"{os.environ['SANDBOX_URL']}/sandbox/sessions/{session}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode().partition('"recording":"')[2].partition('"')[0]


def raised(call):
    try:
        call()
    except libanchor.AnchorbrowserError as error:
        return error
    return None


def check_calls(client):
    check(libanchor.library_version() == libanchor.__version__, "the version of the library")
    answer = client.recordings.pause_recording("abc")
    check(answer.data.data.status == "paused" and recording("abc") == "paused", "a pause")
    check(client.recordings.resume_recording("abc").http_status == 200 and recording("abc") == "recording", "a resume")
    with client.recordings.paused("abc"):
        check(recording("abc") == "paused", "a block")
    check(recording("abc") == "recording", "the end of a block")
    missing = raised(lambda: client.recordings.pause_recording("no-such-session"))
    check(isinstance(missing, libanchor.NotFoundError) and missing.status_code == 404, "a missing session")
    slow = raised(lambda: client.recordings.pause_recording("stall", timeout=0.5))
    check(isinstance(slow, libanchor.APITimeoutError), "a timeout")
    with Anchorbrowser(base_url="http://127.0.0.1:1", max_retries=0) as refused:
        error = raised(lambda: refused.recordings.pause_recording("abc"))
        is_refused = isinstance(error, libanchor.APIConnectionError) and "refused" in str(error)
        check(is_refused, f"a refused connection: {error}")
    with Anchorbrowser(base_url=os.environ["SANDBOX_TLS_URL"], ca_file=os.environ["SANDBOX_CA"]) as secure:
        check(secure.recordings.pause_recording("abc").http_status == 200, "TLS with a CA file")
    with Anchorbrowser(base_url=os.environ["SANDBOX_TLS_URL"], max_retries=0) as distrusting:
        error = raised(lambda: distrusting.recordings.pause_recording("abc"))
        check(isinstance(error, libanchor.APIConnectionError), "TLS with the system's certificates")


def check_downloads(client):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        video = folder / "v\u00eddeo \u4e2d.mp4"
        for _ in range(2):
            client.recordings.download_recording("abc", video)
            check(video.stat().st_size == 4096, "a download, and one over the file")
        error = raised(lambda: client.recordings.download_recording("abc", folder / "none" / "video.mp4"))
        check(isinstance(error, libanchor.InvalidArgumentError), "a folder that does not exist")
        check([file.name for file in folder.iterdir()] == [video.name], "no file is left over")


def check_threads(client):
    done = []

    def pause():
        for _ in range(10):
            done.append(client.recordings.pause_recording("abc").http_status)

    threads = [threading.Thread(target=pause) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check(done == [200] * 160, "16 threads")


def check_log(client):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = logging.getLogger("libanchor")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    client.recordings.pause_recording("abc")
    logger.removeHandler(handler)
    logger.setLevel(logging.WARNING)
    check(any("pause" in line for line in lines), "log lines")
    check(not any(os.environ["ANCHORBROWSER_API_KEY"] in line for line in lines), "no key in log lines")


async def check_asyncio():
    async with AsyncAnchorbrowser() as client:
        answers = await asyncio.gather(*(client.recordings.pause_recording("abc") for _ in range(200)))
        check([answer.http_status for answer in answers] == [200] * 200, "200 calls at once")
        stalled = asyncio.create_task(client.recordings.pause_recording("stall"))
        await asyncio.sleep(0.2)
        stalled.cancel()
        begun = time.monotonic()
        ended = await asyncio.gather(stalled, return_exceptions=True)
        check(isinstance(ended[0], asyncio.CancelledError) and time.monotonic() - begun < 20, "a cancelled task")
        async with client.recordings.paused("abc"):
            check(recording("abc") == "paused", "an asynchronous block")
        check(recording("abc") == "recording", "the end of an asynchronous block")


def check_loops():
    """A loop after another one, and one that is idle between two calls."""
    for _ in range(3):
        asyncio.run(check_asyncio())

    async def pause_after_a_while():
        async with AsyncAnchorbrowser() as client:
            await client.recordings.pause_recording("abc")
            before = time.process_time(), time.monotonic()
            await asyncio.sleep(5)
            check(time.process_time() - before[0] < (time.monotonic() - before[1]) / 2, "an idle loop")
            await client.recordings.pause_recording("abc")

    asyncio.run(pause_after_a_while())


def main():
    with Anchorbrowser() as client:
        for checks in check_calls, check_downloads, check_threads, check_log:
            checks(client)
    check_loops()
    print(f"{sys.version.split()[0]} on {sys.platform}: {made} checks, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
