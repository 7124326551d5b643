import os
import subprocess
from collections.abc import Iterator

import pytest
from libanchor import Anchorbrowser, NotFoundError, NotResumedError

# [begin client]
SANDBOX = os.environ.get("ANCHOR_SANDBOX", "../libanchor/target/debug/sandbox")


@pytest.fixture
def client() -> Iterator[Anchorbrowser]:
    options = ["--session", "session-id", "--fault", "stays-paused=resume:500", "--exit-with-stdin"]
    pipe = subprocess.PIPE
    # The sandbox ends when the block does, because its standard input closes.
    with subprocess.Popen([SANDBOX, *options], stdin=pipe, stdout=pipe, text=True) as sandbox:
        assert sandbox.stdout
        url = sandbox.stdout.readline().removeprefix("listening on ").strip()
        with Anchorbrowser(api_key="sandbox-key", base_url=url, max_retries=0) as client:
            yield client


@pytest.fixture
def typed() -> list[str]:
    """The secrets that were typed."""
    return []


# [end client]


def log_in(client: Anchorbrowser, session_id: str, typed: list[str]) -> None:
    with client.recordings.paused(session_id):
        typed.append("secret")


# [begin tests]
def test_the_secret_is_typed_while_the_recording_is_paused(client: Anchorbrowser, typed: list[str]) -> None:
    log_in(client, "session-id", typed)
    assert typed == ["secret"]


def test_the_secret_is_not_typed_without_a_pause(client: Anchorbrowser, typed: list[str]) -> None:
    with pytest.raises(NotFoundError):
        log_in(client, "no-such-session", typed)
    assert typed == []


def test_a_recording_that_stays_paused_is_reported(client: Anchorbrowser, typed: list[str]) -> None:
    with pytest.raises(NotResumedError):
        log_in(client, "stays-paused", typed)
    assert typed == ["secret"]


# [end tests]
