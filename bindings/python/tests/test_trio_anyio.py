"""The package under trio and anyio: blocking calls in worker threads, and tasks on anyio's asyncio backend."""

from __future__ import annotations

import child
import pytest
from conftest import StartSandbox

#: Each defines `backend`, the framework, and `run`.
FRAMEWORKS = {
    "trio": "import trio as backend\nrun = backend.run\n",
    "anyio on asyncio": "import anyio as backend, anyio.from_thread, anyio.to_thread\nrun = backend.run\n",
    "anyio on trio": (
        "import functools, anyio as backend, anyio.from_thread, anyio.to_thread\n"
        "run = functools.partial(backend.run, backend='trio')\n"
    ),
}
IMPORTS = "import libanchor, time\nfrom libanchor import Anchorbrowser, AsyncAnchorbrowser\n"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_cancelled_scope_resumes_the_block_of_a_thread(start_sandbox: StartSandbox, framework: str) -> None:
    server = start_sandbox("--session", "session-1")
    program = """
        client = Anchorbrowser(max_retries=0)
        async def body():
            try:
                scope.cancel()
                await backend.sleep(60)
            finally:
                print("body ends")
        def block():
            with client.recordings.paused("session-1"):
                backend.from_thread.run(body)
                print("not reached")
        async def main():
            global scope
            with backend.CancelScope() as scope:
                await backend.to_thread.run_sync(block)
            print(scope.cancelled_caught)
        run(main)
    """
    done = child.run(FRAMEWORKS[framework] + IMPORTS + child.dedent(program), server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "body ends\nTrue\n", "")
    assert server.verbs("session-1") == ["pause", "resume"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_cancelled_scope_waits_for_a_call_unless_it_abandons_it(start_sandbox: StartSandbox, framework: str) -> None:
    server = start_sandbox("--session-per-fault")
    program = """
        client = Anchorbrowser(max_retries=0)
        def stall():
            try:
                client.recordings.pause_recording("stall", timeout=1)
            except libanchor.APITimeoutError:
                return "timed out"
        async def main():
            for abandon in False, True:
                begun, outcome = time.monotonic(), "abandoned"
                with backend.move_on_after(0.2):
                    outcome = await backend.to_thread.run_sync(stall, abandon_on_cancel=abandon)
                print(outcome, time.monotonic() - begun >= 1)
        run(main)
    """
    done = child.run(FRAMEWORKS[framework] + IMPORTS + child.dedent(program), server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "timed out True\nabandoned False\n", "")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_ctrl_c_resumes_the_block_of_a_thread(start_sandbox: StartSandbox, framework: str) -> None:
    server = start_sandbox("--session", "session-1")
    program = """
        import os, signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        client = Anchorbrowser(max_retries=0)
        async def body():
            os.kill(os.getpid(), signal.SIGINT)
            await backend.sleep(60)
        def block():
            with client.recordings.paused("session-1"):
                backend.from_thread.run(body)
        async def main():
            await backend.to_thread.run_sync(block)
        try:
            run(main)
        except KeyboardInterrupt:
            print("interrupted")
    """
    done = child.run(FRAMEWORKS[framework] + IMPORTS + child.dedent(program), server)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
    assert server.verbs("session-1") == ["pause", "resume"]


def test_the_asyncio_client_works_on_the_asyncio_backend_of_anyio(start_sandbox: StartSandbox) -> None:
    server = start_sandbox("--session", "session-1", "--session", "session-2", "--session-per-fault")
    program = """
        import anyio
        async def wait():
            try:
                await anyio.sleep(60)
            except anyio.get_cancelled_exc_class():
                print("block ends")
                raise
        async def main():
            async with AsyncAnchorbrowser(max_retries=0) as client:
                async with anyio.create_task_group() as group:
                    for _ in range(20):
                        group.start_soon(client.recordings.pause_recording, "session-1")
                with anyio.move_on_after(0.2) as scope:
                    async with client.recordings.paused("session-2"):
                        await wait()
                print(scope.cancelled_caught, scope.cancel_called)
                with anyio.fail_after(0.2):
                    await client.recordings.pause_recording("stall", timeout=20)
        try:
            anyio.run(main)
        except TimeoutError:
            print("failed after the deadline")
    """
    done = child.run(IMPORTS + child.dedent(program), server)
    expected = "block ends\nTrue True\nfailed after the deadline\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
    assert server.verbs("session-1") == ["pause"] * 20
    assert server.verbs("session-2") == ["pause", "resume"]


@pytest.mark.parametrize("call", ["pause_recording", "paused", "download_recording"])
def test_the_asyncio_client_says_what_to_do_under_trio(start_sandbox: StartSandbox, call: str) -> None:
    server = start_sandbox("--session", "session-1")
    program = """
        import sys, trio
        async def main():
            async with AsyncAnchorbrowser() as client:
                match sys.argv[1]:
                    case "paused":
                        async with client.recordings.paused("session-1"):
                            print("not reached")
                    case "pause_recording":
                        await client.recordings.pause_recording("session-1")
                    case "download_recording":
                        await client.recordings.download_recording("session-1", "video.mp4")
        try:
            trio.run(main)
        except RuntimeError as error:
            print(error)
    """
    done = child.run(IMPORTS + child.dedent(program), server, call)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("AsyncAnchorbrowser works on an asyncio loop") and done.stdout.count("\n") == 1
    assert "in trio.to_thread.run_sync" in done.stdout
    assert server.requests() == []
