"""A fetched recording can be read and copied, and its disk space is freed."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import libanchor
import pytest
import video
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser, BinaryAPIResponse
from sandbox import Sandbox

BYTES = 300_000


@pytest.fixture(scope="module")
def server(start_shared_sandbox: StartSandbox) -> Sandbox:
    return start_shared_sandbox("--session", "demo", "--session-per-fault", "--video-bytes", str(BYTES))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def client(server: Sandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(server)


@pytest.fixture
def response(client: Anchorbrowser) -> BinaryAPIResponse:
    return client.recordings.fetch_primary_recording("demo")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_response_is_read(response: BinaryAPIResponse, tmp_path: Path) -> None:
    assert (response.http_status, response.status_code) == (200, 200)
    assert (response.attempts, response.retries_taken) == (1, 0)
    assert response.request_id
    content = response.read()
    assert response.read() == content == b"".join(response.iter_bytes())
    (tmp_path / "copy.mp4").write_bytes(content)
    video.check(tmp_path / "copy.mp4", BYTES)


@pytest.mark.parametrize("size", [1000, 65536, BYTES, BYTES * 2])
def test_a_response_is_read_in_chunks(response: BinaryAPIResponse, size: int) -> None:
    chunks = list(response.iter_bytes(size))
    assert {len(chunk) for chunk in chunks[:-1]} <= {size}
    assert b"".join(chunks) == response.read()


@pytest.mark.parametrize("kind", [str, Path])
def test_a_response_is_copied_to_a_file(
    response: BinaryAPIResponse, tmp_path: Path, kind: type[str] | type[Path]
) -> None:
    for name in ("first.mp4", "second.mp4"):
        response.write_to_file(kind(tmp_path / name))
        video.check(tmp_path / name, BYTES)


def test_the_file_of_a_response_has_no_name(response: BinaryAPIResponse, temporary: Path) -> None:
    assert list(temporary.iterdir()) == []
    assert response.read()


def test_a_response_can_be_read_after_its_client_was_closed(response: BinaryAPIResponse, client: Anchorbrowser) -> None:
    client.close()
    assert len(response.read()) == BYTES


def test_a_closed_response_cannot_be_read(response: BinaryAPIResponse, tmp_path: Path) -> None:
    chunks = response.iter_bytes(1000)
    next(chunks)
    assert not response.is_closed
    response.close()
    response.close()
    assert response.is_closed
    for read in (response.read, lambda: next(chunks), lambda: response.write_to_file(tmp_path / "copy.mp4")):
        with pytest.raises(ValueError, match="is closed"):
            read()


@pytest.mark.parametrize("end", ["close", "with", "collect", "collect half read"])
def test_the_disk_space_is_freed(client: Anchorbrowser, end: str) -> None:
    client.recordings.fetch_primary_recording("demo").close()
    gc.collect()
    before = open_files()
    for _ in range(5):
        response = client.recordings.fetch_primary_recording("demo")
        if end == "close":
            response.close()
        elif end == "with":
            with response:
                response.read()
        elif end == "collect half read":
            next(response.iter_bytes())
        # A warning about a file that was not closed would be an error here.
        del response
    # Idle connections of earlier tests may close meanwhile, so there may be fewer.
    assert open_files() <= before


def test_the_repr_shows_whether_a_response_is_open(response: BinaryAPIResponse) -> None:
    assert repr(response) == "<libanchor.BinaryAPIResponse, open>"
    response.close()
    assert repr(response) == "<libanchor.BinaryAPIResponse, closed>"


def test_an_interrupted_fetch_resumes(client: Anchorbrowser) -> None:
    response = client.recordings.fetch_primary_recording("cut-once", max_retries=2)
    assert (response.retries_taken, response.http_status, len(response.read())) == (1, 206, BYTES)


def test_a_failed_fetch_leaves_no_file(client: Anchorbrowser, temporary: Path, tmp_path: Path) -> None:
    with pytest.raises(libanchor.APIConnectionError, match="are kept") as kept:
        client.recordings.download_recording("cut", tmp_path / "video.mp4")
    with pytest.raises(libanchor.APIConnectionError) as caught:
        client.recordings.fetch_primary_recording("cut")
    # The library says that it kept the part file. No other call could find it, so it is deleted.
    assert str(caught.value) == caught.value.message == kept.value.message.partition("; 150000 bytes are kept")[0]
    assert list(temporary.iterdir()) == []


def test_an_unusable_temporary_folder_raises_os_error(client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", os.devnull)
    with pytest.raises(OSError, match="null"):
        client.recordings.fetch_primary_recording("demo")
