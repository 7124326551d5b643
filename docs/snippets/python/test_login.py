"""Tests a login against a sandbox. ANCHOR_SANDBOX names its program, target/debug/sandbox of a clone."""

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest
from libanchor import Anchorbrowser, NotFoundError


def log_in(client: Anchorbrowser, session_id: str, type_the_secret: Callable[[], object]) -> None:
    """The code to test."""
    with client.recordings.paused(session_id):
        type_the_secret()


# --8<-- [start:test]
@pytest.fixture
def client() -> Iterator[Anchorbrowser]:
    """A client of a sandbox, which ends when its standard input is closed."""
    command = [os.environ["ANCHOR_SANDBOX"], "--session", "session-id", "--fault", "gone=404"]
    command += ["--api-key", "sandbox-key", "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        url = sandbox.stdout.readline().removeprefix("listening on ").strip()
        with Anchorbrowser(api_key="sandbox-key", base_url=url) as client:
            yield client


def state(client: Anchorbrowser) -> str:
    """What the sandbox says of the recording: "recording" or "paused"."""
    return str(client.request("GET", "/sandbox/sessions/session-id")["recording"])


def test_the_secret_is_typed_while_the_recording_is_paused(client: Anchorbrowser) -> None:
    states: list[str] = []
    log_in(client, "session-id", lambda: states.append(state(client)))
    assert [*states, state(client)] == ["paused", "recording"]


def test_the_secret_is_not_typed_if_pausing_fails(client: Anchorbrowser) -> None:
    with pytest.raises(NotFoundError):
        log_in(client, "gone", lambda: pytest.fail("it was typed"))


# --8<-- [end:test]
