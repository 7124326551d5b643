"""The shared table of answers: both clients judge each answer as the table says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import MakeAsyncClient, MakeClient, Run, StartSandbox
from libanchor import Anchorbrowser, AnchorbrowserError, AsyncAnchorbrowser, _status
from paths import ANSWERS
from sandbox import Sandbox


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    operation: str
    http_status: int
    #: The status of anchor.h. 0 is success.
    status: int
    body: str


def rows() -> list[Row]:
    lines = [line for line in ANSWERS.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    cells = [line.split("\t") for line in lines]
    return [Row(name, operation, int(code), int(status), body) for name, operation, code, status, body in cells]


ROWS = rows()
#: The methods of both clients.
CALLS: dict[str, Callable[[Any, str], Any]] = {
    "pause": lambda client, session: client.recordings.pause_recording(session),
    "resume": lambda client, session: client.recordings.resume_recording(session),
    "list": lambda client, session: client.recordings.list_recordings(session),
    "delete": lambda client, session: client.recordings.delete_recording(session, "primary"),
    "request": lambda client, session: client.request("POST", f"/v1/sessions/{session}/anything"),
}


@pytest.fixture(scope="module")
def server(start_shared_sandbox: StartSandbox) -> Sandbox:
    return start_shared_sandbox("--answers", str(ANSWERS))


def disagreement(row: Row, error: BaseException | None) -> str | None:
    """How the result differs from the table, or None."""
    if error is not None and not isinstance(error, AnchorbrowserError):
        return f"{row.name}: {error!r}"
    status = 0 if error is None else error.status
    if status != row.status:
        return f"{row.name}: {status} instead of {row.status}"
    if error is not None and type(error) is not _status.exception_class(row.status):
        return f"{row.name}: {error!r}"
    if error is not None and (error.status_code, error.attempts) != (row.http_status, 1):
        return f"{row.name}: HTTP status {error.status_code} in {error.attempts} attempts"
    return None


def test_the_table_is_read() -> None:
    assert len(ROWS) >= 60
    assert {row.operation for row in ROWS} == set(CALLS)
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_every_row_holds_for_the_blocking_client(server: Sandbox, make_client: MakeClient) -> None:
    client = make_client(server)
    assert isinstance(client, Anchorbrowser)
    ran, differing = 0, []
    for row in ROWS:
        error: BaseException | None = None
        try:
            CALLS[row.operation](client, row.name)
        except Exception as reason:
            error = reason
        ran += 1
        differing.append(disagreement(row, error))
    assert [each for each in differing if each is not None] == []
    assert ran == len(ROWS) >= 60


def test_every_row_holds_for_the_asyncio_client(server: Sandbox, make_async_client: MakeAsyncClient, run: Run) -> None:
    async def error_of(call: Awaitable[object]) -> BaseException | None:
        try:
            await call
        except Exception as reason:
            return reason
        return None

    async def main() -> list[BaseException | None]:
        client = make_async_client(server)
        assert isinstance(client, AsyncAnchorbrowser)
        return await asyncio.gather(*(error_of(CALLS[row.operation](client, row.name)) for row in ROWS))

    errors = run(main())
    assert [each for each in map(disagreement, ROWS, errors) if each is not None] == []
    assert len(errors) == len(ROWS) >= 60


@pytest.mark.parametrize("row", [row for row in ROWS if row.operation == "pause"], ids=lambda row: row.name)
def test_a_block_runs_only_if_the_pause_is_confirmed(server: Sandbox, make_client: MakeClient, row: Row) -> None:
    ran = False
    # The sandbox gives the same answer to the resume, and keeps no state for these sessions.
    try:
        with make_client(server).recordings.paused(row.name):
            ran = True
    except AnchorbrowserError as error:
        assert ran == (type(error).__name__ == "NotResumedError"), error
    assert ran == (row.status == 0)


#: The result of `request` for answers that are not objects.
VALUES: list[tuple[str, object]] = [
    ("request-1", {}),
    ("request-2", []),
    ("request-3", None),
    ("request-4", True),
    ("request-5", -5.0),
    ("request-6", "\ud83d"),
    ("request-7", float("inf")),
    ("request-14", None),
    ("request-15", None),
    ("request-16", None),
    ("request-18", None),
    ("request-22", 7),
]


@pytest.mark.parametrize(("name", "value"), VALUES, ids=[row[0] for row in VALUES])
def test_a_request_returns_the_value_of_the_answer(
    server: Sandbox, make_client: MakeClient, name: str, value: object
) -> None:
    given = make_client(server).request("POST", f"/v1/sessions/{name}/anything")
    assert (type(given), given) == (type(value), value)
