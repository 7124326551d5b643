"""The interpreter ends quietly while daemon threads make calls."""

from __future__ import annotations

import signal
from pathlib import Path

import child
import pytest
from conftest import StartSandbox

PROGRAM = """
    import asyncio, logging, sys, threading, time, weakref
    import libanchor

    what, folder = sys.argv[1:]
    if what == "asyncio with log":
        logging.basicConfig(level=logging.DEBUG, filename=f"{folder}/log")
    # Runs after the finalizer that frees the client, and gives the threads time to use it then.
    weakref.finalize(threading.Thread, time.sleep, 0.2)
    client = libanchor.Anchorbrowser(timeout=60)
    asynchronous = libanchor.AsyncAnchorbrowser(timeout=60)
    begun = threading.Event()
    # Before the threads begin: one that is cut off in this leaves a temporary folder to Python, which warns.
    video = client.recordings.fetch_primary_recording("demo")

    def progress(done, total):
        begun.set()
        if what == "slow":
            time.sleep(0.2)

    async def pause():
        while True:
            await asynchronous.recordings.pause_recording("demo")
            begun.set()

    async def pause_many():
        await asyncio.gather(*[pause() for _ in range(5)])

    def work(number):
        if what.startswith("asyncio"):
            asyncio.run(pause_many())
        while True:
            if what == "read":
                video.read()
                begun.set()
            elif what == "pause":
                client.recordings.pause_recording("demo")
                begun.set()
            elif what == "stall":
                begun.set()
                client.recordings.pause_recording("stall")
            else:
                file = f"{folder}/{number}.mp4"
                client.recordings.download_recording("demo", file, progress=progress)

    for number in range(4):
        threading.Thread(target=work, args=(number,), daemon=True).start()
    assert begun.wait(10)
    time.sleep(0.1)
"""


@pytest.mark.parametrize("what", ["pause", "stall", "progress", "slow", "read", "asyncio", "asyncio with log"])
def test_calls_of_daemon_threads_do_not_disturb_the_exit(
    start_sandbox: StartSandbox, tmp_path: Path, what: str
) -> None:
    server = start_sandbox(
        "--session", "demo", "--session", "stall", "--fault", "stall=stall", "--video-bytes", "2000000"
    )
    for _ in range(3):
        done = child.run(PROGRAM, server, what, str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_call_starts_once_the_interpreter_ends(start_sandbox: StartSandbox) -> None:
    program = """
        import threading, time
        import libanchor
        from libanchor._native import shutdown

        client = libanchor.Anchorbrowser()
        shutdown._end_calls()
        threading.Thread(target=client.recordings.pause_recording, args=("demo",), daemon=True).start()
        time.sleep(0.3)
    """
    server = start_sandbox("--session", "demo")
    done = child.run(program, server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert server.requests() == []


def test_the_main_thread_may_make_calls_in_atexit_functions(start_sandbox: StartSandbox) -> None:
    program = """
        import atexit

        def resume():
            with libanchor.Anchorbrowser() as client:
                print(client.recordings.resume_recording("demo").data.data.status)

        # Registered before the package's own function, it runs after that has ended the calls.
        atexit.register(resume)
        import libanchor
    """
    done = child.run(program, start_sandbox("--session", "demo"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "recording\n", "")


def test_ctrl_c_ends_the_program(start_sandbox: StartSandbox) -> None:
    program = """
        import os, signal, threading
        import libanchor
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        libanchor.Anchorbrowser(timeout=60).recordings.pause_recording("stall")
    """
    done = child.run(program, start_sandbox("--session-per-fault"))
    assert done.returncode == -signal.SIGINT
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
    assert "ignored" not in done.stderr
