#!/usr/bin/env python3
"""Python programs that fork with a client in hand: forks.py FORKS

The library promises that a child may use, close and collect what its parent made, and that it adds
no threads that make os.fork warn. Children do each of several jobs and end by os._exit or
sys.exit. Pools of processes and workers that are forked after a preload do the same, and FORKS
children are made while eight threads call. An alarm limits each child, and each must exit with 0.

The warning about threads exists since Python 3.12. An older Python runs the program again with a
newer one, if there is one on this machine.
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

#: The first version whose os.fork warns if the process has several threads.
WARNS_ABOUT_THREADS = (3, 12)
URLS = ("SANDBOX_URL", "SANDBOX_TLS_URL")

children = 0


def new_client(url: str) -> Anchorbrowser:
    return Anchorbrowser(base_url=os.environ[url], ca_file=os.environ["SANDBOX_CA"], timeout=20)


def pause(client: Anchorbrowser) -> None:
    answer = client.recordings.pause_recording("abc")
    assert answer.data.data.status == "paused", answer


def run_in_child(job, end=os._exit) -> None:
    global children
    children += 1
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        code = 1
        try:
            job()
            code = 0
        except BaseException:
            traceback.print_exc()
        end(code)
    wait_for(child)


def wait_for(child: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != 0:
        sys.exit(f"a child ended with {code}")


def check_every_job(url: str, used: bool) -> None:
    """Runs each job in a child, with a client that the parent has or has not used before."""
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

    def make_another_client() -> None:
        with new_client(url) as another:
            pause(another)
        pause(client)

    def use_in_grandchild() -> None:
        pause(client)
        run_in_child(use_and_close)
        pause(client)

    for job in (use, use_twice, close, use_and_close, make_another_client, use_in_grandchild, lambda: None):
        for end in (os._exit, sys.exit):
            run_in_child(job, end)
            if used:
                pause(client)
    pause(client)
    check_garbage_collection(url)


def check_garbage_collection(url: str) -> None:
    """The garbage collectors of a child and of its parent both free the parent's clients."""
    gc.disable()
    for _ in range(10):
        cycle = [new_client(url)]
        pause(cycle[0])
        cycle.append(cycle)
    del cycle

    def collect() -> None:
        assert gc.collect() > 0

    run_in_child(collect)
    run_in_child(collect, sys.exit)
    assert gc.collect() > 0
    gc.enable()


pool_clients: dict = {}


def pause_in_pool(url: str) -> None:
    if url not in pool_clients:
        pool_clients[url] = new_client(url)
    pause(pool_clients[url])


def check_process_pools(url: str) -> None:
    pool_clients[url] = new_client(url)
    pause(pool_clients[url])
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(3) as pool:
            pool.map_async(pause_in_pool, [url] * 30).get(60)
        pause(pool_clients[url])
    pool_clients.clear()


def check_workers_after_preload(url: str) -> None:
    """Like gunicorn --preload: the parent makes the client, the workers call and end on SIGTERM."""
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
        wait_for(worker)


def check_forks_while_threads_call(url: str, forks: int) -> None:
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
    # The program's own threads must cause the warning: this proves that warnings are recorded.
    with recorded_warnings() as recorded:
        for _ in range(forks):
            run_in_child(use_twice)
    assert bool(recorded) == (sys.version_info >= WARNS_ABOUT_THREADS)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures, failures


@contextlib.contextmanager
def recorded_warnings():
    with warnings.catch_warnings(record=True) as recorded:
        # The filter "error" would not do: os.fork clears the exception.
        warnings.simplefilter("always")
        yield recorded


def find_newer_python():
    """Returns a Python that warns when a process with threads forks, or None."""
    names = [shutil.which(f"python3.{minor}") for minor in range(20, WARNS_ABOUT_THREADS[1] - 1, -1)]
    installed = Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python3")
    for python in (*names, *sorted(map(str, installed), reverse=True)):
        version = "import sys; sys.exit(sys.version_info < (3, 12))"
        if python and subprocess.run([python, "-c", version], capture_output=True).returncode == 0:
            return python
    return None


def run_again_with(python: str, forks: str) -> str:
    """Runs this program with another Python, and returns its figure."""
    done = subprocess.run([python, __file__, forks], stdout=subprocess.PIPE, text=True, timeout=240)
    if done.returncode != 0:
        sys.exit(f"{python} ended with {done.returncode}")
    return done.stdout.strip().rpartition("\n")[2]


def main() -> None:
    signal.alarm(280)
    for url in URLS:
        with recorded_warnings() as recorded:
            for used in (False, True):
                check_every_job(url, used)
            check_workers_after_preload(url)
        assert not recorded, recorded[0].message
        check_process_pools(url)
        check_forks_while_threads_call(url, int(sys.argv[1]))
    version = ".".join(map(str, sys.version_info[:2]))
    figures = [f"{children} children of Python {version}, 0 failed"]
    if sys.version_info < WARNS_ABOUT_THREADS:
        newer = find_newer_python()
        figures.append(run_again_with(newer, sys.argv[1]) if newer else "no Python 3.12 or newer to warn about threads")
    else:
        figures.append("0 warnings about threads")
    print("; ".join(figures))


if __name__ == "__main__":
    main()
