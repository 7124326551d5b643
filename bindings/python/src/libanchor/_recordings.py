"""`client.recordings`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _arguments as arguments
from ._paused import Paused
from ._recording_list import RecordingListResponse, list_response
from ._responses import (
    RecordingsDeleteRecordingResponse,
    RecordingsPauseRecordingResponse,
    RecordingsResumeRecordingResponse,
    delete_response,
    pause_response,
    resume_response,
)

if TYPE_CHECKING:
    from ._call import Outcome
    from ._client import Anchorbrowser


class RecordingsResource:
    """The recordings of browser sessions.

    Every call blocks until the answer or the timeout, retries included; other threads run meanwhile. All take:

        session_id: The session: 1 to 256 bytes of UTF-8 without control characters, not "." or "..".
        timeout: The longest that this call may take, in seconds, up to a day. None: the client's timeout.
        max_retries: How often a failed request of this call is repeated. None: the client's number.

    Raises:
        InvalidArgumentError: An argument is unusable; a ValueError. Nothing was sent.
        TypeError: An argument is of another type. Nothing was sent.
        ClientClosedError: The client is closed. Nothing was sent.
        APIStatusError: The API refused; its subclasses tell the HTTP status.
        APITimeoutError: The time was up; what was asked may have happened or not.
        APIConnectionError: No connection, or it was lost; `message` says whether anything was sent.
        APIResponseValidationError: Something else than the API answered.
        ResourceExhaustedError: The process ran out of file descriptors, threads or memory.
        InternalError: A fault inside the library.
    """

    def __init__(self, client: Anchorbrowser) -> None:
        self._client = client

    def pause_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsPauseRecordingResponse:
        """Pauses the video recording of a session. Returns only when the API itself said that it paused.

        Pausing what is paused already succeeds, so the call may be repeated after an unknown outcome.
        """
        return pause_response(self._of_session("anchor_pause_recording", session_id, timeout, max_retries))

    def resume_recording(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsResumeRecordingResponse:
        """Resumes the video recording of a session. Returns only when the API itself said that it goes on.

        Resuming what is being recorded succeeds, so the call may be repeated after an unknown outcome. It resumes
        whether or not a `paused` block is running.
        """
        return resume_response(self._of_session("anchor_resume_recording", session_id, timeout, max_retries))

    def paused(self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None) -> Paused:
        """Pauses the recording while a `with` block runs, and resumes it however the block ends.

            with client.recordings.paused("session-id"):
                ...  # Type the secret.

        If pausing fails, its exception is raised and the block does not run. If resuming fails, its exception is
        raised after the block; if the block raised too, that exception goes on, with a note (Python 3.10: at the
        beginning of its `__context__`) that the recording was not resumed. `resume_recording` then tries again.

        Blocks for one session may be nested and may overlap in several threads that share the client: the first
        pauses, the last resumes. The settings count for pausing and for resuming, each.
        """
        session = arguments.identifier("session_id", session_id)
        return Paused(self._client, session, self._client._settings.replaced(timeout, max_retries))

    def list_recordings(
        self, session_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingListResponse:
        """Lists the video recordings of a session."""
        return list_response(self._of_session("anchor_list_recordings", session_id, timeout, max_retries))

    def delete_recording(
        self, session_id: str, recording_id: str, *, timeout: float | None = None, max_retries: int | None = None
    ) -> RecordingsDeleteRecordingResponse:
        """Deletes one recording of a session: an `id` from the list, or "primary".

        A request that was sent is never repeated: after APITimeoutError, or an APIConnectionError that does not say
        that nothing was sent, the recording may be there or not.
        """
        ids = arguments.identifier("session_id", session_id), arguments.identifier("recording_id", recording_id)
        settings = self._client._settings.replaced(timeout, max_retries)
        return delete_response(self._client._call("anchor_delete_recording", ids, settings))

    def _of_session(self, function: str, session_id: str, timeout: float | None, max_retries: int | None) -> Outcome:
        session = arguments.identifier("session_id", session_id)
        return self._client._call(function, (session,), self._client._settings.replaced(timeout, max_retries))
