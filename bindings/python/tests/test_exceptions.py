"""The exception tree is that of the official SDK, and exceptions can be pickled."""

from __future__ import annotations

import pickle

import libanchor
import pytest

CODES = {
    "BadRequestError": 400,
    "AuthenticationError": 401,
    "PermissionDeniedError": 403,
    "NotFoundError": 404,
    "ConflictError": 409,
    "UnprocessableEntityError": 422,
    "RateLimitError": 429,
    "InternalServerError": 500,
}
PARENTS = {
    "AnchorbrowserError": "Exception",
    "APIError": "AnchorbrowserError",
    "APIStatusError": "APIError",
    "APIConnectionError": "APIError",
    "APITimeoutError": "APIConnectionError",
    "APICancelledError": "APIError",
    "APIResponseValidationError": "APIError",
    "InvalidArgumentError": "AnchorbrowserError ValueError",
    "ClientClosedError": "AnchorbrowserError RuntimeError",
    "LibraryNotFoundError": "AnchorbrowserError",
    "NotResumedError": "AnchorbrowserError",
    "ResourceExhaustedError": "AnchorbrowserError",
    "InternalError": "AnchorbrowserError",
    **dict.fromkeys(CODES, "APIStatusError"),
}


def test_every_exception_has_the_expected_base_classes() -> None:
    exported = {name for name in libanchor.__all__ if name.endswith("Error")}
    assert exported == set(PARENTS)
    for name, parents in PARENTS.items():
        assert " ".join(base.__name__ for base in getattr(libanchor, name).__bases__) == parents


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (1, "InvalidArgumentError"),
        (2, "ClientClosedError"),
        (3, "APIConnectionError"),
        (4, "APIConnectionError"),
        (5, "APIConnectionError"),
        (6, "APITimeoutError"),
        (7, "APICancelledError"),
        (8, "APIResponseValidationError"),
        (9, "ResourceExhaustedError"),
        (10, "InternalError"),
        (99, "InternalError"),
        (302, "APIStatusError"),
        (418, "APIStatusError"),
        (599, "InternalServerError"),
        *((code, name) for name, code in CODES.items()),
    ],
)
def test_every_status_has_an_exception(status: int, name: str) -> None:
    assert libanchor._status.exception_class(status).__name__ == name


@pytest.mark.parametrize("name", PARENTS)
def test_an_exception_can_be_pickled(name: str) -> None:
    error: libanchor.AnchorbrowserError = getattr(libanchor, name)(
        "what happened", status=404, status_code=404, body={"error": [1]}, request_id="req-1", attempts=3
    )
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == "what happened"
    assert vars(copy) == vars(error)
