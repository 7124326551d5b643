"""Pause the video recording of an Anchor Browser session before a secret is typed, and know that it paused.

    from libanchor import Anchorbrowser

    with Anchorbrowser() as client:
        with client.recordings.paused("session-id"):
            ...  # Type the secret.

`AsyncAnchorbrowser` does the same for asyncio. The names are those of the official SDK, `anchorbrowser`; the work is
done by the shared library libanchor, which is looked for when the first client is made.
"""

from importlib import metadata as _metadata

from . import _logging
from ._async_binary_response import AsyncBinaryAPIResponse
from ._async_client import AsyncAnchorbrowser
from ._async_paused import AsyncPaused
from ._async_recordings import AsyncRecordingsResource
from ._binary_response import BinaryAPIResponse
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
    PermissionDeniedError,
    RateLimitError,
    ResourceExhaustedError,
    UnprocessableEntityError,
)
from ._library import library_version
from ._paused import Paused
from ._recording_list import RecordingItem, RecordingList, RecordingListResponse
from ._recordings import RecordingsResource
from ._responses import (
    Data,
    RecordingsDeleteRecordingResponse,
    RecordingsDownloadRecordingResponse,
    RecordingsPauseRecordingResponse,
    RecordingsResumeRecordingResponse,
    SuccessResponse,
)

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

_logging.set_up()

try:
    #: The version of this package; `library_version()` tells that of the shared library.
    __version__: str = _metadata.version("libanchor")
except _metadata.PackageNotFoundError:
    # Run from a clone without being installed; the version stands in Cargo.toml alone.
    __version__ = "0+uninstalled"
