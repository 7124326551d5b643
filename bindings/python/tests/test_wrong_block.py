"""`with` in place of `async with`, and the other way round, raises an error that names the right one."""

from __future__ import annotations

import asyncio
from typing import Any

import libanchor
import pytest
from conftest import MakeAsyncClient
from sandbox import Sandbox

ASYNC = "write `async with`, or use Anchorbrowser"
BLOCKING = "write `with`, or use AsyncAnchorbrowser"


def test_an_asyncio_client_is_not_for_with(sandbox: Sandbox, make_async_client: MakeAsyncClient) -> None:
    client: Any = make_async_client(sandbox)
    with pytest.raises(TypeError, match=f"^AsyncAnchorbrowser is not for `with`: {ASYNC}$"), client:
        raise AssertionError("the block ran")
    with pytest.raises(TypeError, match=ASYNC), client.recordings.paused("404"):
        raise AssertionError("the block ran")
    fetch = client.recordings.fetch_primary_recording("404")
    with pytest.raises(TypeError, match=ASYNC), fetch:
        raise AssertionError("the block ran")
    fetch.close()
    assert not client.is_closed()


def test_a_blocking_client_is_not_for_async_with(client: libanchor.Anchorbrowser) -> None:
    async def enter(manager: Any) -> None:
        async with manager:
            raise AssertionError("the block ran")

    with pytest.raises(TypeError, match=f"^Anchorbrowser is not for `async with`: {BLOCKING}$"):
        asyncio.run(enter(client))
    with pytest.raises(TypeError, match=BLOCKING):
        asyncio.run(enter(client.recordings.paused("404")))
    with client.recordings.fetch_primary_recording("fine") as response, pytest.raises(TypeError, match=BLOCKING):
        asyncio.run(enter(response))
    assert not client.is_closed()
