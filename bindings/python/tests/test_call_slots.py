"""A later call reuses the buffers of a call that succeeded, which are NULL in between."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import libanchor
import pytest
from conftest import MakeClient, StartSandbox
from libanchor import Anchorbrowser, _status
from libanchor._native import blocking_call
from libanchor._native.callbacks import running
from libanchor._native.settings import Settings
from sandbox import DEADLINE_SECONDS


@pytest.fixture
def client(start_sandbox: StartSandbox, make_client: MakeClient) -> Anchorbrowser:
    return make_client(start_sandbox("--session", "demo"))


@pytest.fixture(autouse=True)
def _no_slot_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking_call, "_idle", [])


def test_a_later_call_reuses_the_slot(client: Anchorbrowser) -> None:
    client.recordings.pause_recording("demo")
    (slot,) = blocking_call._idle
    assert not any(slot.owned)
    client.recordings.list_recordings("demo")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.recordings.pause_recording, "demo").result(DEADLINE_SECONDS)
    assert blocking_call._idle == [slot]
    assert not any(slot.owned)


def test_a_failed_call_discards_its_slot(client: Anchorbrowser) -> None:
    client.recordings.pause_recording("demo")
    with pytest.raises(libanchor.NotFoundError):
        client.recordings.pause_recording("unknown")
    assert blocking_call._idle == []


def test_a_call_within_a_call_has_its_own_slot(client: Anchorbrowser, tmp_path: Path) -> None:
    answers: list[int] = []

    def progress(*_: object) -> None:
        assert blocking_call._idle == [] or answers
        answers.append(client.recordings.pause_recording("demo").http_status)

    client.recordings.pause_recording("demo")
    client.recordings.download_recording("demo", tmp_path / "video.mp4", progress=progress)
    assert set(answers) == {200}
    assert len(blocking_call._idle) == 2
    # Later calls do not call the progress function.
    before = len(answers)
    for _ in range(3):
        client.recordings.pause_recording("demo")
    assert len(answers) == before


def test_a_freed_address_is_not_freed_again(client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    client.recordings.pause_recording("demo")
    freed: list[int | None] = []

    def free(pointer: Any) -> int:
        freed.append(ctypes.cast(pointer, ctypes.c_void_p).value)
        return 0

    monkeypatch.setattr(client._abi, "anchor_call_new", lambda _: 9)
    monkeypatch.setattr(client._abi, "anchor_free", free)
    with pytest.raises(libanchor.ResourceExhaustedError):
        client.recordings.pause_recording("demo")
    assert freed == [None] * 4


@pytest.mark.parametrize("interrupted", [False, True])
def test_exceptions_raised_during_each_other_are_all_kept(client: Anchorbrowser, interrupted: bool) -> None:
    def progress(*_: object) -> None:
        try:
            raise KeyError("first")
        finally:
            raise OSError("second")

    def call_that_is_interrupted_as_it_returns(*_: object) -> int:
        assert running.get()(None) == 1
        if interrupted:
            raise TimeoutError("third")
        return _status.CANCELLED

    with pytest.raises(OSError) as caught:
        try:
            raise LookupError("of the caller")
        except LookupError:
            blocking_call.run(client._abi, call_that_is_interrupted_as_it_returns, (), Settings(), [], progress)
    chain: list[type] = []
    error: BaseException | None = caught.value
    while error is not None:
        chain.append(type(error))
        error = error.__context__
    assert chain == [TimeoutError] * interrupted + [OSError, KeyError, LookupError]


def test_an_interrupt_before_the_call_has_no_context(client: Anchorbrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(blocking_call, "_CallSlot", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        client.recordings.pause_recording("demo")
    assert caught.value.__context__ is None


def test_an_unused_slot_is_collected_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    """An interrupt may come before the slot is used."""
    slot = blocking_call._CallSlot()
    slot.send = len
    assert capfd.readouterr().err == ""
    assert slot.listener.raised is None
