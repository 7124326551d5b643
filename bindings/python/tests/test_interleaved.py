"""Greenlets and worker threads whose callbacks switch to each other, in every common framework."""

from __future__ import annotations

import subprocess
from pathlib import Path

import child
import interleaved
import pytest
from conftest import StartSandbox
from paths import SOURCES

#: Programs define `switch` and `run_all`; see interleaved.py. Each patches before it imports the
#: package, except for one.
GEVENT = """
    import gevent
    def switch():
        gevent.sleep(0)
    def run_all(functions):
        gevent.joinall([gevent.spawn(function) for function in functions], raise_error=True)
"""
GREENLETS = """
    import collections
    import contextvars
    from greenlet import getcurrent, greenlet
    ready = collections.deque()
    def switch():
        ready.append(getcurrent())
        ready.popleft().switch()
    def run_all(functions):
        ready.extend(map(greenlet, functions))
        prepare(ready)
        while ready:
            ready.popleft().switch()
"""
WORKER_THREADS = """
    import functools
    def switch():
        {framework}.from_thread.run({framework}.sleep, 0)
    async def run_in_threads(functions):
        async with {group} as group:
            for function in functions:
                group.start_soon({framework}.to_thread.run_sync, function)
    def run_all(functions):
        {framework}.run(run_in_threads, functions)
"""
PROGRAMS = {
    "gevent": f"import gevent.monkey\ngevent.monkey.patch_all()\n{child.dedent(GEVENT)}",
    "gevent without a patch": child.dedent(GEVENT),
    "gevent patched after the import": (
        f"import libanchor\nlibanchor.Anchorbrowser(api_key='-')\n"
        f"import gevent.monkey\ngevent.monkey.patch_all()\n{child.dedent(GEVENT)}"
    ),
    "eventlet": """
        import warnings
        warnings.simplefilter("ignore")
        import eventlet
        eventlet.monkey_patch()
        def switch():
            eventlet.sleep(0)
        def run_all(functions):
            for thread in [eventlet.spawn(function) for function in functions]:
                thread.wait()
    """,
    "greenlet": f"{child.dedent(GREENLETS)}\ndef prepare(greenlets): pass\n",
    # As SQLAlchemy's greenlets share the context of their task.
    "greenlets that share a context": (
        f"{child.dedent(GREENLETS)}\n"
        "def prepare(greenlets):\n"
        "    context = contextvars.copy_context()\n"
        "    for each in greenlets:\n"
        "        each.gr_context = context\n"
    ),
    "trio": "import trio\n" + child.dedent(WORKER_THREADS.format(framework="trio", group="trio.open_nursery()")),
    "anyio": (
        "import anyio, anyio.from_thread, anyio.to_thread\n"
        + child.dedent(WORKER_THREADS.format(framework="anyio", group="anyio.create_task_group()"))
    ),
}
TESTS = str(Path(__file__).parent)


def run(program: str, start_sandbox: StartSandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
    sessions = [part for number in range(interleaved.WORKERS) for part in ("--session", f"session-{number}")]
    server = start_sandbox("--session-per-fault", *sessions)
    return child.run(program, server, *arguments, deadline=50, PYTHONPATH=f"{SOURCES}:{TESTS}")


@pytest.mark.parametrize("framework", PROGRAMS)
def test_calls_interleave(start_sandbox: StartSandbox, framework: str) -> None:
    program = child.dedent(PROGRAMS[framework])
    done = run(f"{program}\nimport interleaved\ninterleaved.run(switch, run_all)", start_sandbox)
    calls, downloads = (interleaved.WORKERS * each for each in (interleaved.CALLS, interleaved.DOWNLOADS))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{calls} {downloads}\n", "")
    assert calls >= 2000 and downloads >= 200


PATCHES = {
    "gevent": "import gevent.monkey; gevent.monkey.patch_all(); from gevent import spawn, joinall",
    "eventlet": """
        import warnings
        warnings.simplefilter("ignore")
        import eventlet
        eventlet.monkey_patch()
        from eventlet import spawn
        def joinall(threads):
            for thread in threads:
                thread.wait()
    """,
}


@pytest.mark.parametrize("framework", PATCHES)
def test_ctrl_c_ends_the_call_of_a_greenlet(start_sandbox: StartSandbox, framework: str) -> None:
    """A call blocks the main thread with all its greenlets, so Python runs the handler in it."""
    program = child.dedent(PATCHES[framework]) + child.dedent("""
        import signal, time
        import libanchor
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        client = libanchor.Anchorbrowser(timeout=20, max_retries=0)
        def stall():
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            begun = time.monotonic()
            try:
                client.recordings.pause_recording("stall")
            except KeyboardInterrupt:
                print(time.monotonic() - begun < 2)
        joinall([spawn(stall)])
    """)
    done = run(program, start_sandbox)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_a_killed_greenlet_ends_its_own_call(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    program = """
        import gevent.monkey
        gevent.monkey.patch_all()
        import os, sys
        import gevent
        import libanchor
        client = libanchor.Anchorbrowser(max_retries=0)
        folder = sys.argv[1]
        def download(name, seconds):
            begun[name] = True
            progress = lambda *_: gevent.sleep(seconds)
            return client.recordings.download_recording("session-1", f"{folder}/{name}", progress=progress).size
        begun = {}
        killed, other = gevent.spawn(download, "killed", 60), gevent.spawn(download, "other", 0.05)
        gevent.sleep(0.02)
        killed.kill()
        other.join()
        files = [name for name in ("killed", "other") if os.path.exists(f"{folder}/{name}")]
        print(sorted(begun), type(killed.value).__name__, other.value, files)
        print(client.recordings.pause_recording("session-1").data.data.status)
    """
    done = run(program, start_sandbox, str(tmp_path))
    expected = "['killed', 'other'] GreenletExit 4096 ['other']\npaused\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


@pytest.mark.parametrize("framework", ["gevent", "greenlet"])
def test_the_interpreter_ends_while_greenlets_are_suspended(
    start_sandbox: StartSandbox, tmp_path: Path, framework: str
) -> None:
    program = """
        import sys
        import greenlet
        import libanchor
        folder = sys.argv[1]
        client = libanchor.Anchorbrowser(max_retries=0)
        def download(number):
            client.recordings.download_recording("session-1", f"{folder}/{number}", progress=lambda *_: leave())
        main = greenlet.getcurrent()
        leave = main.switch
        suspended = [greenlet.greenlet(download) for _ in range(5)]
        for number, each in enumerate(suspended):
            each.switch(number)
        print(len(suspended), not any(each.dead for each in suspended))
    """
    if framework == "gevent":
        program = "import gevent.monkey\ngevent.monkey.patch_all()\n" + child.dedent(program)
    done = run(program, start_sandbox, str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "5 True\n", "")


def test_a_block_that_would_wait_for_a_suspended_greenlet_is_not_resumed(start_sandbox: StartSandbox) -> None:
    """The first greenlet leaves its block while the second is suspended in a pause of the session."""
    program = """
        import logging, time
        from greenlet import getcurrent, greenlet
        import libanchor
        class Leaving(logging.Handler):
            def createLock(self):
                self.lock = None
            def emit(self, record):
                if getcurrent() is second:
                    main.switch()
        def block():
            with client.recordings.paused("session-1"):
                print("second block")
        logging.getLogger("libanchor").addHandler(Leaving())
        logging.getLogger("libanchor").setLevel(logging.INFO)
        client = libanchor.Anchorbrowser(max_retries=0, timeout=10)
        main, second = getcurrent(), greenlet(block)
        begun = time.monotonic()
        try:
            with client.recordings.paused("session-1"):
                second.switch()
        except libanchor.NotResumedError as error:
            print(type(error.__cause__).__name__, time.monotonic() - begun < 5)
        while not second.dead:
            second.switch()
        print(client.recordings.resume_recording("session-1").data.data.status)
    """
    done = run(program, start_sandbox)
    expected = "InvalidArgumentError True\nsecond block\nrecording\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


OTHER_THREADS = {
    "gevent": """
        import gevent.monkey
        gevent.monkey.patch_all()
        import gevent
        from gevent import sleep, spawn
        in_thread = gevent.get_hub().threadpool.apply
    """,
    "eventlet": """
        import warnings
        warnings.simplefilter("ignore")
        import eventlet
        eventlet.monkey_patch()
        from eventlet import sleep, spawn
        from eventlet.tpool import execute as in_thread
    """,
}


@pytest.mark.parametrize("framework", OTHER_THREADS)
def test_greenlets_run_while_a_thread_of_the_pool_makes_a_call(start_sandbox: StartSandbox, framework: str) -> None:
    program = child.dedent(OTHER_THREADS[framework]) + child.dedent("""
        import libanchor
        client = libanchor.Anchorbrowser(max_retries=0)
        ticks = []
        def tick():
            while True:
                ticks.append(None)
                sleep(0.01)
        def stall():
            try:
                client.recordings.pause_recording("stall", timeout=0.5)
            except libanchor.APITimeoutError:
                return len(ticks) >= 10
        spawn(tick)
        print(in_thread(stall))
    """)
    done = run(program, start_sandbox)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")
