"""A program as users write it. Type checkers read it and compare the types that it expects."""

import logging
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import libanchor
from libanchor import Anchorbrowser, AsyncAnchorbrowser
from typing_extensions import assert_type


def a_client() -> Anchorbrowser:
    assert_type(libanchor.__version__, str)
    assert_type(libanchor.library_version(), str)
    logging.getLogger("libanchor").setLevel(logging.INFO)
    client = Anchorbrowser(
        api_key="key",
        base_url="http://127.0.0.1:1",
        timeout=1.5,
        max_retries=0,
        ca_file=Path("ca.pem"),
        proxy="",
        default_headers={"x-team": "tests"},
    )
    assert_type(client.with_options(timeout=1, max_retries=2), Anchorbrowser)
    assert_type(client.is_closed(), bool)
    client.connect(timeout=1.5, max_retries=0)
    return client


def recordings(client: Anchorbrowser, session: str) -> None:
    paused = client.recordings.pause_recording(session, timeout=1, max_retries=0)
    assert_type(paused, libanchor.RecordingsPauseRecordingResponse)
    assert_type(paused.status, str)
    assert_type(paused.data.data.status, str | None)
    assert_type(paused.http_status, int)
    assert_type(paused.attempts, int)
    assert_type(paused.request_id, str | None)
    assert_type(client.recordings.resume_recording(session), libanchor.RecordingsResumeRecordingResponse)
    with client.recordings.paused(session):
        pass
    listed = client.recordings.list_recordings(session)
    assert_type(listed.data.items, list[libanchor.RecordingItem])
    for item in listed:
        assert_type(item, libanchor.RecordingItem)
        assert_type(item.id, str | None)
        assert_type(item.size, float | None)
        assert_type(item.created_at, datetime | None)
        assert_type(item.raw, dict[str, Any])
        if item.id is not None:
            deleted = client.recordings.delete_recording(session, item.id)
            assert_type(deleted.status, str | None)


def downloads(client: Anchorbrowser, session: str) -> Iterator[bytes]:
    def progress(done: int, total: int | None) -> bool:
        return total is None or done < total

    done = client.recordings.download_recording(session, Path("video.mp4"), progress=progress, timeout=3600)
    assert_type(done.size, int)
    with client.recordings.fetch_primary_recording(session) as video:
        assert_type(video, libanchor.BinaryAPIResponse)
        assert_type(video.read(), bytes)
        video.write_to_file("copy.mp4")
        yield from video.iter_bytes(1024)


def failures(client: Anchorbrowser, session: str) -> str:
    try:
        assert_type(client.request("POST", "/v1/sessions", body={}), Any)
        client.recordings.pause_recording(session)
    except libanchor.NotFoundError as error:
        assert_type(error.status_code, int | None)
        assert_type(error.message, str)
        return error.message
    except (libanchor.APITimeoutError, libanchor.APIConnectionError) as error:
        assert_type(error.sent, bool | None)
        return str(error)
    except libanchor.AnchorbrowserError as error:
        assert_type(error.message, str)
        return error.message
    return os.linesep


async def later(session: str) -> None:
    async with AsyncAnchorbrowser(api_key="key") as client:
        assert_type(client, AsyncAnchorbrowser)
        await client.connect(timeout=1.5, max_retries=0)
        paused = await client.recordings.pause_recording(session)
        assert_type(paused, libanchor.RecordingsPauseRecordingResponse)
        async with client.recordings.paused(session, timeout=5):
            assert_type(await client.request("GET", "/v1/sessions"), Any)
        assert_type(await client.recordings.fetch_primary_recording(session), libanchor.AsyncBinaryAPIResponse)
        async with client.recordings.fetch_primary_recording(session) as video:
            assert_type(video, libanchor.AsyncBinaryAPIResponse)
            assert_type(await video.read(), bytes)
            async for part in video.iter_bytes():
                assert_type(part, bytes)


async def mistakes(blocking: Anchorbrowser, client: AsyncAnchorbrowser) -> None:
    """Type checkers find these. mypy reports a comment of this kind that it does not need."""
    Anchorbrowser("key")  # type: ignore[call-arg]
    with client:  # type: ignore[attr-defined]
        pass
    async with blocking:  # type: ignore[attr-defined]
        pass
    async with blocking.recordings.paused("session"):  # type: ignore[attr-defined]
        pass
