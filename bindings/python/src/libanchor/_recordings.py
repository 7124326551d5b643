"""`client.recordings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _arguments as arguments
from ._responses import RecordingsPauseRecordingResponse, pause_response

if TYPE_CHECKING:
    from ._client import Anchorbrowser


class RecordingsResource:
    """The recordings of browser sessions."""

    def __init__(self, client: Anchorbrowser) -> None:
        self._client = client

    def pause_recording(self, session_id: str, *, timeout: float | None = None) -> RecordingsPauseRecordingResponse:
        """Pauses the video recording of a session. Returns only when the API itself said that it paused.

        Blocks until the answer or the timeout, retries included; other threads run meanwhile. Pausing what is
        paused already succeeds, so the call may be repeated after an unknown outcome.

        Args:
            session_id: The session: 1 to 256 bytes of UTF-8 without control characters, not "." or "..".
            timeout: The longest that this call may take, in seconds, up to a day. None: the client's timeout.

        Raises:
            InvalidArgumentError: An argument is unusable; a ValueError. Nothing was sent.
            TypeError: An argument is of another type. Nothing was sent.
            ClientClosedError: The client is closed. Nothing was sent.
            APIStatusError: The API refused; its subclasses tell the HTTP status.
            APITimeoutError: The time was up; the recording may be paused or not.
            APIConnectionError: No connection, or it was lost; `message` says whether anything was sent.
            APIResponseValidationError: Something else than the API answered.
            ResourceExhaustedError: The process ran out of file descriptors, threads or memory.
            InternalError: A fault inside the library.
        """
        if session_id is None or session_id == "":
            raise arguments.refusal(f"Expected a non-empty value for `session_id` but received {session_id!r}")
        outcome = self._client._call("anchor_pause_recording", session_id, timeout)
        return pause_response(outcome)
