"""The exceptions of this package. Catch `AnchorbrowserError` to catch them all.

    AnchorbrowserError
    ├── InvalidArgumentError (also a ValueError)
    ├── ClientClosedError (also a RuntimeError)
    ├── LibraryNotFoundError
    ├── NotResumedError
    ├── ResourceExhaustedError
    ├── InternalError
    └── APIError
        ├── APIConnectionError
        │   └── APITimeoutError
        ├── APICancelledError
        ├── APIResponseValidationError
        └── APIStatusError
            ├── BadRequestError             400
            ├── AuthenticationError         401
            ├── PermissionDeniedError       403
            ├── NotFoundError               404
            ├── ConflictError               409
            ├── UnprocessableEntityError    422
            ├── RateLimitError              429
            └── InternalServerError         500 and above

`AnchorbrowserError`, `APIError` and its subclasses have the names and the base classes of the
official SDK's exceptions. The official SDK has no `APICancelledError` and none of the six siblings
of `APIError`.
"""

#: The statuses of calls that sent nothing: 0, ANCHOR_INVALID_ARGUMENT, ANCHOR_INVALID_HANDLE,
#: ANCHOR_CONNECT_FAILED and ANCHOR_TLS_FAILED.
_NOTHING_SENT = range(5)
_BAD_RESPONSE = 8


class AnchorbrowserError(Exception):
    """The base class of every exception that this package raises on its own account.

    Attributes:
        message: One line that says what failed and what to do. It never holds the API key
            (of at least 6 characters).
        status: The library's status number. 1 to 99: the call failed on this side. 300 to 599: the
            HTTP status of the API's answer. 0: the library was not called.
        status_code: The HTTP status of the answer that the exception is about, or None.
        body: The answer's JSON, parsed. None if there is none, or if Python cannot parse it.
        request_id: The API's id of the last request (x-request-id), for its support, or None.
        attempts: How many requests were started. 0 if the call failed before the first one.
        retry_after: How many seconds the last answer asked to wait before the next request, even
            if that is longer than a call waits by itself. None if it did not ask.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        status_code: int | None = None,
        body: object | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.status_code = status_code
        self.body = body
        self.request_id = request_id
        self.attempts = attempts
        self.retry_after = retry_after

    @property
    def sent(self) -> bool | None:
        """Whether the request was sent. None if that is unknown. It follows from `status` alone.

        False means that nothing can have taken effect: if an earlier attempt of the call was sent,
        it was refused or only asked for something. True means that an answer arrived.
        In a NotResumedError it is about resuming: the pause took effect.
        """
        if self.status in _NOTHING_SENT:
            return False
        return True if self.status == _BAD_RESPONSE or self.status >= 300 else None


class InvalidArgumentError(AnchorbrowserError, ValueError):
    """An argument is missing or unusable; the message names it. Nothing was sent."""


class ClientClosedError(AnchorbrowserError, RuntimeError):
    """The client was closed before the call started. Nothing was sent."""


class LibraryNotFoundError(AnchorbrowserError):
    """No usable shared library was found; the message lists the paths that were tried."""


class NotResumedError(AnchorbrowserError):
    """The block of `paused` ran, and resuming failed: the recording may still be paused.

    `__cause__` is the exception of the failed resume. The other attributes are those of the cause.

    Attributes:
        session_id: The session whose recording may still be paused. `resume_recording` resumes it.
    """

    def __init__(
        self,
        message: str,
        *,
        session_id: str = "",
        status: int = 0,
        status_code: int | None = None,
        body: object | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            status=status,
            status_code=status_code,
            body=body,
            request_id=request_id,
            attempts=attempts,
            retry_after=retry_after,
        )
        self.session_id = session_id


class ResourceExhaustedError(AnchorbrowserError):
    """The process ran out of file descriptors, threads, memory or disk space."""


class InternalError(AnchorbrowserError):
    """A fault inside the library, not of the API; please report its message."""


class APIError(AnchorbrowserError):
    """The API could not be reached, did not answer, or refused."""


class APIConnectionError(APIError):
    """No connection could be made or trusted, or a connection was lost.

    If it was lost, the request may have taken effect.
    """


class APITimeoutError(APIConnectionError):
    """The timeout was reached. The request may have taken effect."""


class APICancelledError(APIError):
    """The call was cancelled. The request may have taken effect."""


class APIResponseValidationError(APIError):
    """The answer did not confirm the operation, such as a proxy's page: assume that it failed.

    It is also raised if an answer is nested too deeply for Python. In that case the operation
    succeeded, and the message says so.
    """


class APIStatusError(APIError):
    """The API answered with an error status: 4xx, 5xx or a redirect, which is not followed."""


class BadRequestError(APIStatusError):
    """HTTP 400."""


class AuthenticationError(APIStatusError):
    """HTTP 401: the API key was not accepted."""


class PermissionDeniedError(APIStatusError):
    """HTTP 403: the API key does not permit this operation."""


class NotFoundError(APIStatusError):
    """HTTP 404: there is no such session."""


class ConflictError(APIStatusError):
    """HTTP 409."""


class UnprocessableEntityError(APIStatusError):
    """HTTP 422."""


class RateLimitError(APIStatusError):
    """HTTP 429: too many requests."""


class InternalServerError(APIStatusError):
    """HTTP 500 and above: the API failed."""
