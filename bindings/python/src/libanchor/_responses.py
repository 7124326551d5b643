"""The responses of the calls that change something, in the shape of the official SDK."""

from __future__ import annotations

from ._answer import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass

    from ._outcome import Outcome
else:
    from ._frozen import dataclass


@dataclass(frozen=True)
class Data(Answer):
    """The innermost part of a response.

    Attributes:
        status: The API's word for the new state, such as "paused". None if a deletion was answered
            without.
    """

    status: str | None = None

    def __init__(self, status: str | None = None) -> None:
        vars(self).update(status=status)


@dataclass(frozen=True)
class SuccessResponse(Answer):
    """The outer part of a response.

    Attributes:
        data: The inner part, which has the `status`.
    """

    data: Data

    def __init__(self, data: Data) -> None:
        vars(self).update(data=data)


@dataclass(frozen=True)
class RecordingsPauseRecordingResponse(Answer):
    """The API confirmed that the recording is paused.

    Attributes:
        data: `data.data.status` is the API's word for the state, "paused".
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
    """

    data: SuccessResponse
    http_status: int
    attempts: int
    request_id: str | None

    def __init__(self, data: SuccessResponse, http_status: int, attempts: int, request_id: str | None) -> None:
        vars(self).update(data=data, http_status=http_status, attempts=attempts, request_id=request_id)

    @property
    def status(self) -> str:
        """`data.data.status`, which is only None if Python cannot parse the answer: then "paused"."""
        status = self.data.data.status
        return "paused" if status is None else status


@dataclass(frozen=True)
class RecordingsResumeRecordingResponse(Answer):
    """The API confirmed that the recording was resumed.

    Attributes:
        data: `data.data.status` is the API's word for the state, "recording".
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
    """

    data: SuccessResponse
    http_status: int
    attempts: int
    request_id: str | None

    def __init__(self, data: SuccessResponse, http_status: int, attempts: int, request_id: str | None) -> None:
        vars(self).update(data=data, http_status=http_status, attempts=attempts, request_id=request_id)

    @property
    def status(self) -> str:
        """`data.data.status`, which is only None if Python cannot parse the answer: then "recording"."""
        status = self.data.data.status
        return "recording" if status is None else status


@dataclass(frozen=True)
class RecordingsDeleteRecordingResponse(SuccessResponse):
    """The recording was deleted, whatever `data.status` says. A failure raises an exception.

    Attributes:
        data: `data.status` is the API's word for it, "deleted", or None.
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
    """

    http_status: int
    attempts: int
    request_id: str | None

    def __init__(self, data: Data, http_status: int, attempts: int, request_id: str | None) -> None:
        vars(self).update(data=data, http_status=http_status, attempts=attempts, request_id=request_id)

    @property
    def status(self) -> str | None:
        """`data.status`: "deleted", or None if the API gave no word for it."""
        return self.data.status


@dataclass(frozen=True)
class RecordingsDownloadRecordingResponse(Answer):
    """The recording was downloaded: the file is complete.

    Attributes:
        size: The size of the file in bytes, including what an earlier download left in the part file.
        http_status: The HTTP status of the answer.
        attempts: How many requests were sent: 1 more than the retries.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
    """

    size: int
    http_status: int
    attempts: int
    request_id: str | None

    def __init__(self, size: int, http_status: int, attempts: int, request_id: str | None) -> None:
        vars(self).update(size=size, http_status=http_status, attempts=attempts, request_id=request_id)


def pause_response(outcome: Outcome) -> RecordingsPauseRecordingResponse:
    return RecordingsPauseRecordingResponse(
        SuccessResponse(_data(outcome)), outcome.http_status, outcome.attempts, outcome.request_id
    )


def resume_response(outcome: Outcome) -> RecordingsResumeRecordingResponse:
    return RecordingsResumeRecordingResponse(
        SuccessResponse(_data(outcome)), outcome.http_status, outcome.attempts, outcome.request_id
    )


def delete_response(outcome: Outcome) -> RecordingsDeleteRecordingResponse:
    return RecordingsDeleteRecordingResponse(_data(outcome), outcome.http_status, outcome.attempts, outcome.request_id)


def download_response(outcome: Outcome) -> RecordingsDownloadRecordingResponse:
    return RecordingsDownloadRecordingResponse(
        outcome.transferred, outcome.http_status, outcome.attempts, outcome.request_id
    )


def _data(outcome: Outcome) -> Data:
    """The innermost status of the answer."""
    for level in reversed(outcome.levels()):
        status = level.get("status")
        if isinstance(status, str):
            return Data(status)
    return Data()
