"""The exceptions, with the names and ancestors that they have in the official SDK.

    AnchorbrowserError
      + InvalidArgumentError (a ValueError)
      + ClientClosedError (a RuntimeError)
      + LibraryNotFoundError
      + NotResumedError
      + ResourceExhaustedError
      + InternalError
      + APIError
        + APIConnectionError
          + APITimeoutError
        + APICancelledError
        + APIResponseValidationError
        + APIStatusError
          + BadRequestError             400
          + AuthenticationError         401
          + PermissionDeniedError       403
          + NotFoundError               404
          + ConflictError               409
          + UnprocessableEntityError    422
          + RateLimitError              429
          + InternalServerError         500 and above

The official SDK does not have those that stand beside APIError, and not APICancelledError.
"""


class AnchorbrowserError(Exception):
    """Everything that this package raises on its own account.

    Attributes:
        message: One line that says what failed and what to do. It never holds the API key.
        status: The library's number: 1 to 99 failed on this side, 300 to 599 is the API's HTTP status, 0 if
            the library was not asked.
        status_code: The HTTP status of the answer that the exception is about; None if it is about none.
        body: The answer's JSON, parsed; None if there is none, or if Python cannot read it.
        request_id: The API's name for the last request (x-request-id), for its support; None if it gave none.
        attempts: How many requests were begun; 0 if the call failed before the first.
        retry_after: How many seconds the last answer asked to wait before the next request, also if that was
            more than a call waits by itself; None if it did not ask.
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


class InvalidArgumentError(AnchorbrowserError, ValueError):
    """An argument is missing or unusable; the message names it. Nothing was sent."""


class ClientClosedError(AnchorbrowserError, RuntimeError):
    """The client was closed before the call began. Nothing was sent."""


class LibraryNotFoundError(AnchorbrowserError):
    """No usable shared library was found; the message lists where it was looked for."""


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
    """A fault inside the library; please report its message."""


class APIError(AnchorbrowserError):
    """The API could not be reached, did not answer, or refused."""


class APIConnectionError(APIError):
    """No connection, no trusted one, or one that was lost.

    If it was lost, the request may have taken effect.
    """


class APITimeoutError(APIConnectionError):
    """The call's time was up; the request may have taken effect."""


class APICancelledError(APIError):
    """The call was cancelled; the request may have taken effect."""


class APIResponseValidationError(APIError):
    """The answer did not confirm that it was done, such as a proxy's page: assume that it was not.

    It is raised too if an answer is nested too deeply for Python. Then it was done, and the
    message says so.
    """


class APIStatusError(APIError):
    """The API answered with a status that is no success: a redirect, which is not followed, 4xx or 5xx."""


class BadRequestError(APIStatusError):
    """HTTP 400."""


class AuthenticationError(APIStatusError):
    """HTTP 401: the API key was not accepted."""


class PermissionDeniedError(APIStatusError):
    """HTTP 403: the API key may not do this."""


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
