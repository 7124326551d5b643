"""Pause the recording of an Anchor Browser session, and know that it paused.

    from libanchor import Anchorbrowser

    with Anchorbrowser() as client:
        with client.recordings.paused("session-id"):
            ...  # Type the secret.

The names are those of the official SDK, `anchorbrowser`. All modules of the package are private.
Call `help()` for these classes:

    libanchor.Anchorbrowser         the client, and its settings
    libanchor.RecordingsResource    the calls, which are methods of `client.recordings`
    libanchor.AsyncAnchorbrowser    the same for asyncio
    libanchor.AnchorbrowserError    the base class of all exceptions, and what they tell
    libanchor.NotResumedError       the block ran, and the recording may still be paused

The shared library libanchor does the work. It is loaded when the first client is made. `python -m
libanchor` shows which one.
"""

from . import _logging
from ._client import Anchorbrowser
from ._exceptions import (
    AnchorbrowserError,
    APICancelledError,
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ClientClosedError,
    ConflictError,
    InternalError,
    InternalServerError,
    InvalidArgumentError,
    LibraryNotFoundError,
    NotFoundError,
    NotResumedError,
    PermissionDeniedError,
    RateLimitError,
    ResourceExhaustedError,
    UnprocessableEntityError,
)
from ._native.library import library_version
from ._paused import Paused
from ._recordings import RecordingsResource
from ._responses import (
    Data,
    RecordingsDeleteRecordingResponse,
    RecordingsDownloadRecordingResponse,
    RecordingsPauseRecordingResponse,
    RecordingsResumeRecordingResponse,
    SuccessResponse,
)

# The whole package uses this in place of `typing.TYPE_CHECKING`: importing typing takes longer than
# a call.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._async_binary_response import AsyncBinaryAPIResponse
    from ._async_client import AsyncAnchorbrowser
    from ._async_paused import AsyncPaused
    from ._async_recordings import AsyncRecordingsResource
    from ._binary_response import BinaryAPIResponse
    from ._recording_list import RecordingItem, RecordingList, RecordingListResponse
    from ._version import __version__

__all__ = [
    "APICancelledError",
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "Anchorbrowser",
    "AnchorbrowserError",
    "AsyncAnchorbrowser",
    "AsyncBinaryAPIResponse",
    "AsyncPaused",
    "AsyncRecordingsResource",
    "AuthenticationError",
    "BadRequestError",
    "BinaryAPIResponse",
    "ClientClosedError",
    "ConflictError",
    "Data",
    "InternalError",
    "InternalServerError",
    "InvalidArgumentError",
    "LibraryNotFoundError",
    "NotFoundError",
    "NotResumedError",
    "Paused",
    "PermissionDeniedError",
    "RateLimitError",
    "RecordingItem",
    "RecordingList",
    "RecordingListResponse",
    "RecordingsDeleteRecordingResponse",
    "RecordingsDownloadRecordingResponse",
    "RecordingsPauseRecordingResponse",
    "RecordingsResource",
    "RecordingsResumeRecordingResponse",
    "ResourceExhaustedError",
    "SuccessResponse",
    "UnprocessableEntityError",
    "__version__",
    "library_version",
]

#: The modules of names that not every program needs. They are imported on first use, because they
#: import slow modules: asyncio, importlib.metadata and dataclasses.
_LAZY = {
    "AsyncAnchorbrowser": "_async_client",
    "AsyncBinaryAPIResponse": "_async_binary_response",
    "AsyncPaused": "_async_paused",
    "AsyncRecordingsResource": "_async_recordings",
    "BinaryAPIResponse": "_binary_response",
    "RecordingItem": "_recording_list",
    "RecordingList": "_recording_list",
    "RecordingListResponse": "_recording_list",
    "__version__": "_version",
}

# Hidden from type checkers: it would allow every name.
if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


_logging.set_up()
