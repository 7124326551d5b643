#!/usr/bin/env python3
"""Python programs that fork with a client in hand: forks.py FORKS

A child uses, uses twice, closes and collects what its parent made, and ends as children end; pools of processes and
workers after a preload do the same; and the given number of children is made while eight threads call. An alarm judges
each child. All of it runs with this Python and, for its warnings about threads at a fork, with one from 3.12 on.
"""

import contextlib
import gc
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings/python/src"))

from libanchor import Anchorbrowser

WITH_THREAD_WARNINGS = (3, 12)
URLS = ("SANDBOX_URL", "SANDBOX_TLS_URL")

children = 0


def new_client(url: str) -> Anchorbrowser:
    return Anchorbrowser(base_url=os.environ[url], ca_file=os.environ["SANDBOX_CA"], timeout=20)


def pause(client: Anchorbrowser) -> None:
    answer = client.recordings.pause_recording("abc")
    assert answer.data.data.status == "paused", answer


def in_child(work, end=os._exit) -> None:
    global children
    children += 1
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        end(code)
    ended(child)


def ended(child: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        sys.exit(f"a child ended with {code}")


def matrix(url: str, used: bool) -> None:
    client = new_client(url)
    if used:
        pause(client)

    def use() -> None:
        pause(client)

    def use_twice() -> None:
        pause(client)
        pause(client)

    def close() -> None:
        client.close()
        assert client.is_closed()

    def use_and_close() -> None:
        use_twice()
        close()

    def make_another() -> None:
        with new_client(url) as another:
            pause(another)
        pause(client)

    def grandchild() -> None:
        pause(client)
        in_child(use_and_close)
        pause(client)

    for work in (use, use_twice, close, use_and_close, make_another, grandchild, lambda: None):
        for end in (os._exit, sys.exit):
            in_child(work, end)
            if used:
                pause(client)
    pause(client)
    collected(url)


def collected(url: str) -> None:
    """What the parent leaves to the garbage collector is freed by the child's."""
    gc.disable()
    for _ in range(10):
        cycle = [new_client(url)]
        pause(cycle[0])
        cycle.append(cycle)
    del cycle

    def collect() -> None:
        assert gc.collect() > 0

    in_child(collect)
    in_child(collect, sys.exit)
    assert gc.collect() > 0
    gc.enable()


shared: dict = {}


def pause_in_pool(url: str) -> None:
    if url not in shared:
        shared[url] = new_client(url)
    pause(shared[url])


def pools(url: str) -> None:
    shared[url] = new_client(url)
    pause(shared[url])
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(3) as pool:
            pool.map_async(pause_in_pool, [url] * 30).get(60)
        pause(shared[url])
    shared.clear()


def workers_after_preload(url: str) -> None:
    """As under gunicorn: the master makes the client, its workers call from threads and are ended by SIGTERM."""
    client = new_client(url)
    workers = []
    for _ in range(4):
        reader, writer = os.pipe()
        worker = os.fork()
        if worker == 0:
            signal.alarm(20)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            threads = [threading.Thread(target=lambda: [pause(client) for _ in range(5)]) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            os.write(writer, b"!")
            while True:
                time.sleep(1)
        os.close(writer)
        workers.append((worker, reader))
    for worker, reader in workers:
        assert os.read(reader, 1) == b"!"
        os.close(reader)
        os.kill(worker, signal.SIGTERM)
        ended(worker)


def beside_threads(url: str, forks: int) -> None:
    client = new_client(url)
    stop = threading.Event()
    failures = []

    def keep_calling() -> None:
        try:
            while not stop.is_set():
                pause(client)
        except BaseException as failure:
            failures.append(failure)

    def use_twice() -> None:
        pause(client)
        pause(client)

    threads = [threading.Thread(target=keep_calling) for _ in range(8)]
    for thread in threads:
        thread.start()
    # These threads are the program's own, so this also shows that a warning would be heard.
    with heard_warnings() as heard:
        for _ in range(forks):
            in_child(use_twice)
    assert bool(heard) == (sys.version_info >= WITH_THREAD_WARNINGS)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures


@contextlib.contextmanager
def heard_warnings():
    with warnings.catch_warnings(record=True) as heard:
        # Not "error": os.fork clears the exception that it becomes.
        warnings.simplefilter("always")
        yield heard


def newer_python():
    """A Python that warns when a process with threads forks."""
    names = [shutil.which(f"python3.{minor}") for minor in range(20, WITH_THREAD_WARNINGS[1] - 1, -1)]
    installed = Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python3")
    for python in (*names, *sorted(map(str, installed), reverse=True)):
        version = "import sys; sys.exit(sys.version_info < (3, 12))"
        if python and subprocess.run([python, "-c", version], capture_output=True).returncode == 0:
            return python
    return None


def again_with(python: str, forks: str) -> str:
    done = subprocess.run([python, __file__, forks], stdout=subprocess.PIPE, text=True, timeout=240)
    if done.returncode != 0:
        sys.exit(f"{python} ended with {done.returncode}")
    return done.stdout.strip().rpartition("\n")[2]


def main() -> None:
    signal.alarm(280)
    for url in URLS:
        with heard_warnings() as heard:
            for used in (False, True):
                matrix(url, used)
            workers_after_preload(url)
        assert not heard, heard[0].message
        pools(url)
        beside_threads(url, int(sys.argv[1]))
    version = ".".join(map(str, sys.version_info[:2]))
    said = [f"{children} children of Python {version}, 0 failed"]
    if sys.version_info < WITH_THREAD_WARNINGS:
        newer = newer_python()
        said.append(again_with(newer, sys.argv[1]) if newer else "no Python from 3.12 on to warn about threads")
    else:
        said.append("0 warnings about threads")
    print("; ".join(said))


if __name__ == "__main__":
    main()
