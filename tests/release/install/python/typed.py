# pyright: strict
"""Uses the whole package, for type checkers. It is never run."""

from __future__ import annotations

from datetime import datetime
from typing import assert_type

import libanchor
from libanchor import Anchorbrowser, AsyncAnchorbrowser


def progress(done: int, total: int | None) -> None:
    print(done, total)


def blocking() -> None:
    with Anchorbrowser(api_key="key", timeout=10, max_retries=1, default_headers={"X-Name": "value"}) as client:
        assert_type(client, Anchorbrowser)
        recordings = client.recordings
        with recordings.paused("session", timeout=1, max_retries=0):
            pass
        assert_type(recordings.pause_recording("session").data.data.status, str | None)
        assert_type(recordings.resume_recording("session").request_id, str | None)
        for item in recordings.list_recordings("session").data.items:
            assert_type(item, libanchor.RecordingItem)
            assert_type(item.created_at, datetime | None)
        assert_type(recordings.download_recording("session", "video.mp4", progress=progress).size, int)
        assert_type(recordings.delete_recording("session", "primary").http_status, int)
        with recordings.fetch_primary_recording("session") as response:
            assert_type(response.read(), bytes)
        assert_type(client.with_options(timeout=1), Anchorbrowser)
        client.request("POST", "/v1/sessions", body={"session": {}})


async def awaited() -> None:
    async with AsyncAnchorbrowser() as client, client.recordings.paused("session"):
        answer = await client.recordings.list_recordings("session")
        assert_type(answer, libanchor.RecordingListResponse)
        response = await client.recordings.fetch_primary_recording("session")
        async for chunk in response.iter_bytes():
            assert_type(chunk, bytes)
        assert_type(client.with_options(timeout=1), AsyncAnchorbrowser)


def failures(client: Anchorbrowser) -> str | None:
    try:
        client.recordings.pause_recording("session")
    except libanchor.RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except libanchor.APIStatusError as error:
        assert_type(error.status_code, int | None)
    except libanchor.AnchorbrowserError as error:
        return assert_type(error.message, str)
    return assert_type(libanchor.library_version(), str)
