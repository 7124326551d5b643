"""A block that runs while a recording is paused.

The library counts pauses per session. "anchor_pause_begin" sends a pause and, if the API confirms
it, counts it. "anchor_pause_end" resumes the recording when the last pause is ended. A counted
pause that nobody ends would leave the recording paused, so every way out of this module ends it.
"""

from __future__ import annotations

import os

from . import _status
from ._native import blocking_call, errors
from ._pause_failures import attach, may_be_paused, not_resumed, own_failure
from ._wrong_block import Blocking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._base_client import BaseClient
    from ._exceptions import AnchorbrowserError
    from ._native.settings import Settings
#: The timeout for undoing an interrupted pause: the user is waiting for the program to stop.
UNDO_TIMEOUT_MS = 5000


class Paused(Blocking):
    """The context manager that `client.recordings.paused` returns.

    It is not a generator under contextlib.contextmanager. An interrupt between the parts of one
    would be raised where nothing knows that the recording is paused.
    """

    def __init__(
        self,
        client: BaseClient,
        session: bytes,
        settings: Settings,
        resume_call: str = "client.recordings.resume_recording",
    ) -> None:
        self._client = client
        self._session = session
        self._settings = settings
        #: The call that messages recommend.
        self._resume_call = resume_call
        self._process = os.getpid()

    def __enter__(self) -> None:
        returned: list[int] = []
        try:
            self._call("anchor_pause_begin", self._settings, returned)
        except BaseException as reason:
            # The block will not run, so a pause that took effect has to be ended here.
            if returned == [_status.OK]:
                self._end(reason, self._settings, ran=False)
            elif returned and may_be_paused(returned[0], reason):
                self._undo(reason, self._settings.at_most(UNDO_TIMEOUT_MS))
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(exc, self._settings)

    def _undo(self, reason: BaseException, settings: Settings, *, ran: bool = False) -> None:
        """Resumes a recording that an interrupted call may have left paused.

        A plain resume is not safe: another block may have begun since, and would be recorded. So a
        pause of its own is counted, and ended.
        """
        returned: list[int] = []
        try:
            self._call("anchor_pause_begin", settings, returned)
        except BaseException as other:
            if returned == [_status.OK]:
                self._end(other, settings, ran=ran)
            elif (failed := own_failure(other, returned)) is not None:
                attach(reason, self._not_resumed(failed, ran=ran))
                return
            else:
                attach(other, self._not_resumed(self._failure(_status.CANCELLED), ran=ran))
            raise
        self._end(reason, settings, ran=ran)

    def _end(self, body: BaseException | None, settings: Settings, *, ran: bool = True) -> None:
        """Ends the pause. A failure is raised, or attached to the exception of the body."""
        returned: list[int] = []
        try:
            self._call("anchor_pause_end", settings, returned)
        except BaseException as reason:
            failed = own_failure(reason, returned)
            if failed is not None and returned == [_status.OK]:
                # The recording was resumed. Only the memory for reading the outcome was missing.
                return
            if failed is None:
                if not returned:
                    # The interrupt came before the call, as if the body had raised it.
                    self._end(reason, settings, ran=ran)
                elif returned != [_status.OK]:
                    attach(reason, self._not_resumed(self._failure(returned[0]), ran=ran))
                raise
            if not returned:
                # There was no memory for a call object, but the pause has to be ended.
                failed = self._end_without_call_object()
            if failed is not None:
                self._report(body, failed, ran=ran)

    def _end_without_call_object(self) -> AnchorbrowserError | None:
        abi, given = self._client._abi, (self._client._handle, self._session)
        return blocking_call.run_without_call_object(abi, abi.anchor_pause_end, given)

    def _report(self, body: BaseException | None, failed: AnchorbrowserError, *, ran: bool) -> None:
        """Raises the failure of a resume, or attaches it to the exception of the body."""
        error = self._not_resumed(failed, ran=ran)
        if body is not None:
            attach(body, error)
        elif error is failed:
            raise error
        else:
            raise error from failed

    def _not_resumed(self, failed: AnchorbrowserError, *, ran: bool) -> AnchorbrowserError:
        if failed.status == _status.INVALID_ARGUMENT and os.getpid() != self._process:
            # A forked child does not hold its parent's pause, so it is not the one to resume.
            return failed
        return not_resumed(self._session, failed, self._resume_call, ran=ran)

    def _call(self, function: str, settings: Settings, returned: list[int]) -> None:
        self._client._run(function, (self._session,), settings, returned=returned)

    def _failure(self, status: int) -> AnchorbrowserError:
        return errors.failure(self._client._abi, status, None)
