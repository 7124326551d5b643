"""The list of a session's recordings, in the shape of the official SDK.

A field that is missing or has another type is None. `raw` has everything that the API sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ._answer import Answer
from ._outcome import Outcome

T = TypeVar("T")


@dataclass(frozen=True)
class RecordingItem(Answer):
    """One recording.

    Attributes:
        id: The id for `delete_recording`.
        is_primary: Whether this is the recording that `download_recording` and
            `fetch_primary_recording` download.
        file_link: The URL of the video, which requires the API key.
        suggested_file_name: The name that the API suggests for the file.
        duration: The length of the video, as the API words it.
        size: The size of the video in bytes: an int, unless the API sends a fraction. The type is
            that of the official SDK.
        created_at: When the recording was made, always with a time zone.
        raw: All fields that the API sent, also those that are None above.
    """

    id: str | None = None
    is_primary: bool | None = None
    file_link: str | None = None
    suggested_file_name: str | None = None
    duration: str | None = None
    size: float | None = None
    created_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class RecordingList(Answer):
    """The inner part of `RecordingListResponse`.

    Attributes:
        count: How many recordings there are. None if the API did not say.
        items: The recordings. The list is empty if the session has none.
        raw: All fields that the API sent.
    """

    count: int | None = None
    items: list[RecordingItem] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True)
class RecordingListResponse(Answer):
    """The recordings of a session. Iterating over it yields those in `data.items`.

    Attributes:
        data: `data.items` are the recordings.
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
    """

    data: RecordingList
    http_status: int
    attempts: int
    request_id: str | None

    # There is no `__len__`: a response without recordings would be false.
    def __iter__(self) -> Iterator[RecordingItem]:
        return iter(self.data.items)


def list_response(outcome: Outcome) -> RecordingListResponse:
    outcome.readable_body("listing the recordings")
    return RecordingListResponse(_list(outcome), outcome.http_status, outcome.attempts, outcome.request_id)


def _list(outcome: Outcome) -> RecordingList:
    # The library has checked that one of them holds a list.
    fields = next(level for level in outcome.levels()[1:] if isinstance(level.get("items"), list))
    return RecordingList(
        count=_typed(int, fields.get("count")),
        items=[_item(item) for item in fields["items"] if isinstance(item, dict)],
        raw=fields,
    )


def _item(fields: dict[str, Any]) -> RecordingItem:
    size = fields.get("size")
    return RecordingItem(
        id=_typed(str, fields.get("id")),
        is_primary=_typed(bool, fields.get("is_primary")),
        file_link=_typed(str, fields.get("file_link")),
        suggested_file_name=_typed(str, fields.get("suggested_file_name")),
        duration=_typed(str, fields.get("duration")),
        size=_typed(int, size) if isinstance(size, int) else _typed(float, size),
        created_at=_time(fields.get("created_at")),
        raw=fields,
    )


def _typed(cls: type[T], value: object) -> T | None:
    # Not isinstance, which accepts True as an int.
    return value if type(value) is cls else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        # Python 3.10 does not parse the Z.
        time = datetime.fromisoformat(value[:-1] + "+00:00" if value.endswith("Z") else value)
    except ValueError:
        return None
    return time if time.tzinfo else None
