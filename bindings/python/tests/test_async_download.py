"""Downloads of the asyncio client."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import libanchor
import pytest
import video
from conftest import MakeAsyncClient, Run, StartSandbox
from libanchor import AsyncAnchorbrowser
from sandbox import DEADLINE_SECONDS, Sandbox

BYTES = 300_000


@pytest.fixture(scope="module")
def server(start_shared_sandbox: StartSandbox) -> Sandbox:
    return start_shared_sandbox("--session", "demo", "--session-per-fault", "--video-bytes", str(BYTES))


@pytest.fixture
def client(server: Sandbox, make_async_client: MakeAsyncClient) -> AsyncAnchorbrowser:
    return make_async_client(server)


def test_a_recording_is_downloaded(client: AsyncAnchorbrowser, run: Run, tmp_path: Path) -> None:
    answer = run(client.recordings.download_recording("demo", tmp_path / "video.mp4"))
    assert (answer.size, answer.http_status, answer.attempts) == (BYTES, 200, 1)
    video.check(tmp_path / "video.mp4", BYTES)
    assert len(list(tmp_path.iterdir())) == 1


def test_many_downloads_run_in_parallel(client: AsyncAnchorbrowser, run: Run, tmp_path: Path) -> None:
    async def main() -> None:
        files = [tmp_path / f"{number}.mp4" for number in range(20)]
        await asyncio.gather(*(client.recordings.download_recording("demo", file) for file in files))
        for file in files:
            video.check(file, BYTES)

    run(main())


def test_progress_is_reported_on_the_loops_thread(client: AsyncAnchorbrowser, run: Run, tmp_path: Path) -> None:
    reports: list[tuple[int, int | None]] = []
    threads: set[int] = set()

    def progress(done: int, total: int | None) -> None:
        reports.append((done, total))
        threads.add(threading.get_ident())

    run(client.recordings.download_recording("video-slow", tmp_path / "video.mp4", progress=progress))
    assert threads == {threading.get_ident()}
    assert reports == sorted(reports, key=lambda pair: pair[0])
    assert reports[-1] == (BYTES, BYTES)
    assert len({done for done, _ in reports}) > 2


def test_an_exception_of_the_progress_function_ends_the_call(
    client: AsyncAnchorbrowser, run: Run, tmp_path: Path
) -> None:
    def give_up(done: int, total: int | None) -> None:
        assert (done, total) == (0, None)
        raise InterruptedError("mine")

    with pytest.raises(InterruptedError, match="mine"):
        run(client.recordings.download_recording("stall", tmp_path / "video.mp4", progress=give_up))


@pytest.mark.parametrize("fault", ["404", "html", "cut"])
def test_a_failed_download_leaves_no_file(
    client: AsyncAnchorbrowser, run: Run, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with pytest.raises(libanchor.APIError):
        run(client.recordings.download_recording(fault, tmp_path / "video.mp4"))
    assert not (tmp_path / "video.mp4").exists()
    with pytest.raises(libanchor.APIError) as caught:
        run(client.recordings.fetch_primary_recording(fault))
    assert "kept" not in caught.value.message
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_recording_is_fetched_to_an_unnamed_file(
    client: AsyncAnchorbrowser, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()

    async def main() -> None:
        async with client.recordings.fetch_primary_recording("demo") as response:
            assert (response.status_code, response.retries_taken, response.is_closed) == (200, 0, False)
            content = await response.read()
            assert b"".join([chunk async for chunk in response.iter_bytes()]) == content
            await response.write_to_file(tmp_path / "video.mp4")
        assert response.is_closed
        with pytest.raises(ValueError, match="closed"):
            await response.read()

    run(main())
    video.check(tmp_path / "video.mp4", BYTES)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_fetch_may_be_awaited_or_be_a_task(client: AsyncAnchorbrowser, run: Run) -> None:
    async def main() -> None:
        async with await client.recordings.fetch_primary_recording("demo") as first:
            pass
        second = await asyncio.create_task(client.recordings.fetch_primary_recording("demo"))
        assert (first.is_closed, second.is_closed) == (True, False)
        assert len(await second.read()) == BYTES
        await second.close()
        with pytest.raises(libanchor.NotFoundError):
            async with client.recordings.fetch_primary_recording("404"):
                raise AssertionError("the block ran")

    run(main())


def test_a_failed_download_has_no_last_progress(
    client: AsyncAnchorbrowser, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libanchor._async_recordings._PROGRESS_SECONDS", DEADLINE_SECONDS)
    reports: list[tuple[int, int | None]] = []

    def progress(done: int, total: int | None) -> None:
        reports.append((done, total))

    with pytest.raises(libanchor.NotFoundError):
        run(client.recordings.download_recording("404", tmp_path / "video.mp4", progress=progress))
    assert reports == []
    run(client.recordings.download_recording("demo", tmp_path / "video.mp4", progress=progress))
    assert reports == [(BYTES, BYTES)]


def test_a_cancelled_fetch_leaves_no_file(
    client: AsyncAnchorbrowser, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def main() -> None:
        task = asyncio.create_task(client.recordings.fetch_primary_recording("video-slow"))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert list(tmp_path.iterdir()) == []

    run(main())
