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
    ("status", "name", "sent"),
    [
        (1, "InvalidArgumentError", False),
        (2, "ClientClosedError", False),
        (3, "APIConnectionError", False),
        (4, "APIConnectionError", False),
        (5, "APIConnectionError", None),
        (6, "APITimeoutError", None),
        (7, "APICancelledError", None),
        (8, "APIResponseValidationError", True),
        (9, "ResourceExhaustedError", None),
        (10, "InternalError", None),
        (99, "InternalError", None),
        (302, "APIStatusError", True),
        (418, "APIStatusError", True),
        (599, "InternalServerError", True),
        *((code, name, True) for name, code in CODES.items()),
    ],
)
def test_every_status_has_an_exception_that_says_whether_anything_was_sent(
    status: int, name: str, sent: bool | None
) -> None:
    cls = libanchor._status.exception_class(status)
    assert (cls.__name__, cls("what happened", status=status).sent) == (name, sent)


def test_without_the_library_nothing_is_sent() -> None:
    assert libanchor.LibraryNotFoundError("what happened").sent is False


@pytest.mark.parametrize("name", PARENTS)
def test_an_exception_can_be_pickled(name: str) -> None:
    error: libanchor.AnchorbrowserError = getattr(libanchor, name)(
        "what happened", status=404, status_code=404, body={"error": [1]}, request_id="req-1", attempts=3
    )
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == "what happened"
    assert vars(copy) == vars(error)
