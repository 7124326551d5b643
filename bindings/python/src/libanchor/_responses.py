"""What the API answers, in the shape that it has in the official SDK."""

from dataclasses import dataclass

from ._call import Outcome


@dataclass(frozen=True)
class Data:
    """The innermost part of an answer."""

    #: What the API calls the recording's state now, "paused"; None if it answered without a body.
    status: str | None = None


@dataclass(frozen=True)
class SuccessResponse:
    data: Data


@dataclass(frozen=True)
class RecordingsPauseRecordingResponse:
    """A recording that paused: without an exception it did, whatever `data.data.status` says."""

    data: SuccessResponse
    #: The HTTP status of the answer.
    http_status: int
    #: How many requests were begun: 1 more than the retries.
    attempts: int
    #: The API's name for the last request (x-request-id), for its support; None if it gave none.
    request_id: str | None


def pause_response(outcome: Outcome) -> RecordingsPauseRecordingResponse:
    return RecordingsPauseRecordingResponse(
        data=SuccessResponse(Data(_status_in(outcome.body))),
        http_status=outcome.http_status,
        attempts=outcome.attempts,
        request_id=outcome.request_id,
    )


def _status_in(body: object) -> str | None:
    """The API nests its answers in `data` once or twice."""
    while isinstance(body, dict):
        if "data" not in body:
            status = body.get("status")
            return status if isinstance(status, str) else None
        body = body["data"]
    return None
