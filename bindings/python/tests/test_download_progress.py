"""The progress function of a download: what it receives, and how it ends the call."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser
from sandbox import DEADLINE_SECONDS, Sandbox

BYTES = 3_000_000


@pytest.fixture(scope="module")
def server(start_shared_sandbox: StartSandbox) -> Sandbox:
    return start_shared_sandbox("--session", "demo", "--session-per-fault", "--video-bytes", str(BYTES))


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


Reports = list[tuple[int, "int | None"]]


def check_reports(reports: Reports) -> None:
    """Asserts that the amounts grow up to the whole video."""
    amounts = [done for done, _ in reports]
    assert amounts == sorted(amounts)
    assert reports[-1] == (BYTES, BYTES)
    assert len(set(amounts)) > 2
    # The total is unknown before the answer.
    assert {total for done, total in reports if done} == {BYTES}
    assert {type(value) for pair in reports for value in pair} <= {int, type(None)}


@pytest.mark.parametrize("where", ["main thread", "another"])
def test_progress_is_reported_up_to_the_end(client: Anchorbrowser, tmp_path: Path, where: str) -> None:
    reports: Reports = []
    threads: set[int] = set()

    def progress(done: int, total: int | None) -> None:
        reports.append((done, total))
        threads.add(threading.get_ident())

    def download() -> int:
        client.recordings.download_recording("demo", tmp_path / "video.mp4", progress=progress)
        return threading.get_ident()

    with ThreadPoolExecutor(1) as pool:
        caller = download() if where == "main thread" else pool.submit(download).result(DEADLINE_SECONDS)
    assert threads == {caller}
    check_reports(reports)


def test_progress_is_called_while_nothing_arrives(client: Anchorbrowser, tmp_path: Path) -> None:
    """So it can give up on a stalled download."""
    begun = time.monotonic()

    def give_up(done: int, total: int | None) -> None:
        assert (done, total) == (0, None)
        if time.monotonic() - begun > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        client.recordings.download_recording("stall", tmp_path / "video.mp4", progress=give_up)
    assert time.monotonic() - begun < DEADLINE_SECONDS / 2


@pytest.mark.parametrize("where", ["main thread", "another"])
@pytest.mark.parametrize("ending", [KeyError, KeyboardInterrupt, GeneratorExit, StopIteration])
def test_an_exception_of_the_progress_function_ends_the_call(
    client: Anchorbrowser, tmp_path: Path, where: str, ending: type[BaseException]
) -> None:
    calls = 0

    def stop(done: int, _: int | None) -> None:
        nonlocal calls
        if done:
            calls += 1
            raise ending("mine")

    def download() -> None:
        with pytest.raises(ending, match="mine") as caught:
            client.recordings.download_recording("video-slow", tmp_path / "video.mp4", progress=stop)
        assert caught.traceback[-1].name == "stop"
        assert caught.value.__context__ is None

    with ThreadPoolExecutor(1) as pool:
        download() if where == "main thread" else pool.submit(download).result(DEADLINE_SECONDS)
    assert calls == 1
    # The part file is kept for the next call.
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part"


def test_the_progress_function_may_make_calls(client: Anchorbrowser, tmp_path: Path) -> None:
    inner: Reports = []
    outer: Reports = []

    def progress(done: int, total: int | None) -> None:
        outer.append((done, total))
        if len(outer) == 2:
            client.recordings.download_recording(
                "demo", tmp_path / "inner.mp4", progress=lambda done, total: inner.append((done, total))
            )

    client.recordings.download_recording("demo", tmp_path / "outer.mp4", progress=progress)
    check_reports(inner)
    check_reports(outer)
    assert (tmp_path / "inner.mp4").read_bytes() == (tmp_path / "outer.mp4").read_bytes()


def test_an_unknown_total_is_none(client: Anchorbrowser, tmp_path: Path) -> None:
    reports: Reports = []
    client.recordings.download_recording(
        "video-chunked", tmp_path / "video.mp4", progress=lambda done, total: reports.append((done, total))
    )
    assert reports[-1] == (BYTES, None)


def test_a_fetch_reports_progress(client: Anchorbrowser) -> None:
    reports: Reports = []
    client.recordings.fetch_primary_recording(
        "demo", progress=lambda done, total: reports.append((done, total))
    ).close()
    check_reports(reports)


def test_an_object_that_is_not_callable_raises_type_error(client: Anchorbrowser, tmp_path: Path) -> None:
    nonsense: object = 7
    with pytest.raises(TypeError, match="not callable"):
        client.recordings.download_recording("demo", tmp_path / "video.mp4", progress=nonsense)  # type: ignore[arg-type]
