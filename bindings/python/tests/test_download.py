"""A download is all or nothing, and resumes after an interruption."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libanchor
import pytest
import video
from conftest import MakeClient, StartSandbox
from fake_server import serving
from libanchor import Anchorbrowser, AnchorbrowserError
from sandbox import DEADLINE_SECONDS, Sandbox

BYTES = 300_000


@pytest.fixture(scope="module")
def server(start_shared_sandbox: StartSandbox) -> Sandbox:
    faults = "--session-per-fault", "--fault", "half=no-etag-cut-once"
    return start_shared_sandbox("--session", "demo", *faults, "--video-bytes", str(BYTES))


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_recording_is_downloaded(
    server: Sandbox, client: Anchorbrowser, tmp_path: Path, kind: Callable[[Path], str | Path]
) -> None:
    file = tmp_path / "ein Vidéo.mp4"
    answer = client.recordings.download_recording("demo", kind(file))
    assert (answer.size, answer.http_status, answer.attempts) == (BYTES, 200, 1)
    assert answer.request_id
    video.check(file, BYTES)
    assert list(tmp_path.iterdir()) == [file]
    request = server.requests("demo")[-1]
    assert (request["method"], request["path"]) == ("GET", "/v1/sessions/demo/recordings/primary/fetch")
    assert request["headers"]["anchor-api-key"] == "valid"


def test_a_file_is_replaced_once_the_video_is_complete(client: Anchorbrowser, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    file.write_text("before")
    with pytest.raises(libanchor.APIConnectionError):
        client.recordings.download_recording("cut", file)
    assert file.read_text() == "before"
    client.recordings.download_recording("demo", file)
    video.check(file, BYTES)


def test_a_pipe_gets_the_video(client: Anchorbrowser, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as pipe, ThreadPoolExecutor() as pool:
        video_read = pool.submit(pipe.read)
        try:
            answer = client.recordings.download_recording("demo", f"/dev/fd/{writer}")
        finally:
            os.close(writer)
        (tmp_path / "video.mp4").write_bytes(video_read.result(DEADLINE_SECONDS))
    assert answer.size == BYTES
    video.check(tmp_path / "video.mp4", BYTES)


def test_a_pipe_that_got_half_a_video_is_reported(client: Anchorbrowser) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as pipe, ThreadPoolExecutor() as pool:
        half = pool.submit(pipe.read)
        try:
            with pytest.raises(libanchor.APIConnectionError, match=f"{BYTES // 2} bytes of the video were written"):
                client.recordings.download_recording("half", f"/dev/fd/{writer}", max_retries=2)
        finally:
            os.close(writer)
        assert len(half.result(DEADLINE_SECONDS)) == BYTES // 2


def test_the_path_may_be_relative(client: Anchorbrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    client.recordings.download_recording("demo", "video.mp4")
    video.check(tmp_path / "video.mp4", BYTES)


@pytest.mark.parametrize(
    ("fault", "range_"),
    [("cut-once", True), ("weak-etag-cut-once", True), ("no-etag-cut-once", False), ("no-range-cut-once", True)],
)
def test_a_download_resumes_after_a_lost_connection(
    server: Sandbox, client: Anchorbrowser, tmp_path: Path, fault: str, range_: bool
) -> None:
    file = tmp_path / "video.mp4"
    answer = client.recordings.download_recording(fault, file, max_retries=2)
    assert (answer.attempts, answer.size) == (2, BYTES)
    video.check(file, BYTES)
    first, second = server.requests(fault)
    assert "range" not in first["headers"]
    assert ("range" in second["headers"]) == range_
    assert list(tmp_path.iterdir()) == [file]


def test_a_download_of_a_new_version_starts_again(client: Anchorbrowser, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    client.recordings.download_recording("changed-cut-once", file, max_retries=2)
    video.check(file, BYTES, version=2)


def test_the_next_call_resumes_a_download(start_sandbox: StartSandbox, make_client: MakeClient, tmp_path: Path) -> None:
    server = start_sandbox("--session-per-fault", "--video-bytes", str(BYTES))
    folder = tmp_path / "videos"
    folder.mkdir()
    file = folder / "video.mp4"
    with pytest.raises(libanchor.APIConnectionError, match=f"{BYTES // 2} bytes are kept"):
        make_client(server).recordings.download_recording("cut-once", file)
    (part,) = folder.iterdir()
    assert part.suffix == ".part"
    assert part.stat().st_size == BYTES // 2
    reports: list[tuple[int, int | None]] = []
    answer = make_client(server).recordings.download_recording(
        "cut-once", file, progress=lambda done, total: reports.append((done, total))
    )
    assert (answer.http_status, answer.attempts, answer.size) == (206, 1, BYTES)
    # The bytes of the first call are included.
    assert min(done for done, total in reports if total) >= BYTES // 2
    video.check(file, BYTES)
    assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize(
    ("fault", "cls", "code"),
    [
        ("400", libanchor.BadRequestError, 400),
        ("401", libanchor.AuthenticationError, 401),
        ("403", libanchor.PermissionDeniedError, 403),
        ("404", libanchor.NotFoundError, 404),
        ("422", libanchor.UnprocessableEntityError, 422),
        ("429", libanchor.RateLimitError, 429),
        ("500", libanchor.InternalServerError, 500),
        ("302", libanchor.APIStatusError, 302),
        ("502-page", libanchor.InternalServerError, 502),
        ("html", libanchor.APIResponseValidationError, 200),
        ("video-empty", libanchor.APIResponseValidationError, 200),
        ("no-content", libanchor.APIResponseValidationError, 204),
        ("error-in-200", libanchor.APIResponseValidationError, 200),
        ("close", libanchor.APIConnectionError, None),
        ("reset", libanchor.APIConnectionError, None),
        ("video-chunked-cut", libanchor.APIConnectionError, None),
        ("stall", libanchor.APITimeoutError, None),
    ],
)
def test_a_failure_raises_its_class_and_leaves_no_file(
    client: Anchorbrowser, tmp_path: Path, fault: str, cls: type[AnchorbrowserError], code: int | None
) -> None:
    file = tmp_path / "video.mp4"
    with pytest.raises(AnchorbrowserError) as caught:
        client.recordings.download_recording(fault, file, timeout=1)
    assert type(caught.value) is cls
    assert (caught.value.status_code, caught.value.attempts) == (code, 1)
    assert "\n" not in caught.value.message
    assert not file.exists()


def test_the_timeout_applies_to_the_whole_download(client: Anchorbrowser, tmp_path: Path) -> None:
    with pytest.raises(libanchor.APITimeoutError, match=r"500 ms.* \d+ bytes are kept"):
        client.recordings.download_recording("video-slow", tmp_path / "video.mp4", timeout=0.5)


def test_an_unusable_file_is_refused(server: Sandbox, client: Anchorbrowser, tmp_path: Path) -> None:
    before = len(server.requests())
    bad: list[str | Path] = ["", tmp_path, "/dev/null", tmp_path / "no folder" / "video.mp4", "a\0b", "\udc80"]
    for file in bad:
        with pytest.raises(libanchor.InvalidArgumentError, match="file"):
            client.recordings.download_recording("demo", file)
    for nonsense in (b"video.mp4", 7, None):
        with pytest.raises(TypeError, match="file must be a str"):
            client.recordings.download_recording("demo", nonsense)  # type: ignore[arg-type]
    assert len(server.requests()) == before


def test_a_file_that_another_download_writes_is_refused(client: Anchorbrowser, tmp_path: Path) -> None:
    file = tmp_path / "video.mp4"
    begun, may_end = threading.Event(), threading.Event()

    def hold(done: int, _: int | None) -> None:
        if done:
            begun.set()
            may_end.wait(DEADLINE_SECONDS)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.recordings.download_recording, "demo", file, progress=hold)
        assert begun.wait(DEADLINE_SECONDS)
        with pytest.raises(libanchor.InvalidArgumentError, match="another download"):
            client.recordings.download_recording("demo", file)
        may_end.set()
        assert first.result(DEADLINE_SECONDS).size == BYTES
    video.check(file, BYTES)


@pytest.mark.parametrize("fault", ["500-once", "429-once-ms", "503-once", "close-once"])
def test_the_size_is_right_after_a_failed_attempt(
    start_sandbox: StartSandbox, make_client: MakeClient, tmp_path: Path, fault: str
) -> None:
    """The JSON answer of the failed attempt must not be taken for that of the download."""
    client = make_client(start_sandbox("--session-per-fault", "--video-bytes", "5000"), max_retries=2)
    answer = client.recordings.download_recording(fault, tmp_path / "video.mp4")
    assert (answer.size, answer.attempts, answer.http_status) == (5000, 2, 200)
    video.check(tmp_path / "video.mp4", 5000)


def test_a_closed_client_downloads_nothing(client: Anchorbrowser, tmp_path: Path) -> None:
    client.close()
    with pytest.raises(libanchor.ClientClosedError):
        client.recordings.download_recording("demo", tmp_path / "video.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_json_answer_is_not_a_video(make_client: MakeClient, tmp_path: Path) -> None:
    with serving() as server, pytest.raises(libanchor.APIResponseValidationError, match="the body is not a video"):
        make_client(server.url).recordings.download_recording("demo", tmp_path / "video.mp4")
