"""The status numbers of include/anchor.h, and the exception for each."""

from . import _exceptions as exceptions

OK = 0
INVALID_ARGUMENT = 1
INVALID_HANDLE = 2
CANCELLED = 7
BAD_RESPONSE = 8
RESOURCE_EXHAUSTED = 9

_BY_STATUS: dict[int, type[exceptions.AnchorbrowserError]] = {
    INVALID_ARGUMENT: exceptions.InvalidArgumentError,
    # A client is the only handle that users of this package can use after it was freed.
    INVALID_HANDLE: exceptions.ClientClosedError,
    3: exceptions.APIConnectionError,
    4: exceptions.APIConnectionError,
    5: exceptions.APIConnectionError,
    6: exceptions.APITimeoutError,
    CANCELLED: exceptions.APICancelledError,
    BAD_RESPONSE: exceptions.APIResponseValidationError,
    RESOURCE_EXHAUSTED: exceptions.ResourceExhaustedError,
    10: exceptions.InternalError,
    400: exceptions.BadRequestError,
    401: exceptions.AuthenticationError,
    403: exceptions.PermissionDeniedError,
    404: exceptions.NotFoundError,
    409: exceptions.ConflictError,
    422: exceptions.UnprocessableEntityError,
    429: exceptions.RateLimitError,
}


def exception_class(status: int) -> type[exceptions.AnchorbrowserError]:
    """The exception for a status other than OK."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return exceptions.InternalServerError
    if status >= 300:
        return exceptions.APIStatusError
    return exceptions.InternalError


def is_about_an_answer(status: int) -> bool:
    """Whether the HTTP answer itself is the failure, not something before or after it."""
    return status == BAD_RESPONSE or status >= 300
