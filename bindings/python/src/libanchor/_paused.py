"""A recording that is paused while a block runs."""

from __future__ import annotations

import sys
from ctypes import byref, c_char_p

from . import _arguments as arguments
from . import _status
from ._abi import text_at
from ._exceptions import AnchorbrowserError, NotResumedError, ResourceExhaustedError
from ._outcome import failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from ._base_client import BaseClient
    from ._settings import Settings
#: For undoing a pause: whoever interrupted it waits to go on.
UNDOING_MS = 5000


class Paused:
    """What `client.recordings.paused` gives to `with`.

    Not a generator under contextlib.contextmanager: an interrupt that comes between its parts would be raised where
    nothing knows that the recording is paused.
    """

    def __init__(
        self,
        client: BaseClient,
        session: bytes,
        settings: Settings,
        resuming: str = "client.recordings.resume_recording",
    ) -> None:
        self._client = client
        self._session = session
        self._settings = settings
        #: The call that a message recommends.
        self._resuming = resuming

    def __enter__(self) -> None:
        returned: list[int] = []
        try:
            self._call("anchor_pause_begin", self._settings, returned)
        except BaseException as reason:
            # Interrupted: the block will not run, and nobody else would resume.
            if returned == [_status.OK]:
                self._end(reason, self._settings, ran=False)
            elif returned and may_be_paused(returned[0], reason):
                self._undo(reason, self._settings.at_most(UNDOING_MS))
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(exc, self._settings)

    def _undo(self, reason: BaseException, settings: Settings, *, ran: bool = False) -> None:
        """Resumes what an interrupted call may have left paused.

        By then another hold may have begun, whose block would be recorded after a mere resuming. So this is a hold of
        its own, and ends as such.
        """
        returned: list[int] = []
        try:
            self._call("anchor_pause_begin", settings, returned)
        except BaseException as other:
            if returned == [_status.OK]:
                self._end(other, settings, ran=ran)
            elif (failed := own_failure(other, returned)) is not None:
                attach(reason, self._unresumed(failed, ran=ran))
                return
            else:
                attach(other, self._unresumed(self._failure(_status.CANCELLED), ran=ran))
            raise
        self._end(reason, settings, ran=ran)

    def _end(self, body: BaseException | None, settings: Settings, *, ran: bool = True) -> None:
        """Ends the hold. A failure is raised, but does not take the place of what the body raised."""
        returned: list[int] = []
        try:
            self._call("anchor_pause_end", settings, returned)
        except BaseException as reason:
            failed = own_failure(reason, returned)
            if failed is not None and returned == [_status.OK]:
                # The recording goes on; there was no memory for the rest.
                return
            if failed is None:
                if not returned:
                    # It came before the call, as if the body had raised it.
                    self._end(reason, settings, ran=ran)
                elif returned != [_status.OK]:
                    attach(reason, self._unresumed(self._failure(returned[0]), ran=ran))
                raise
            if not returned:
                # No memory for a call object: the hold must end all the same.
                failed = self._end_without_call()
            if failed is not None:
                self._tell(body, failed, ran=ran)

    def _end_without_call(self) -> AnchorbrowserError | None:
        abi = self._client._abi
        with abi.owned(error := c_char_p()):
            status: int = abi.anchor_pause_end(self._client._handle, self._session, None, byref(error))
            return None if status == _status.OK else failure(abi, status, text_at(error))

    def _tell(self, body: BaseException | None, failed: AnchorbrowserError, *, ran: bool) -> None:
        """Reports a failed resume: in a note of the exception that goes on, or by its own."""
        error = self._unresumed(failed, ran=ran)
        if body is not None:
            attach(body, error)
        elif error is failed:
            raise error
        else:
            raise error from failed

    def _unresumed(self, failed: AnchorbrowserError, *, ran: bool) -> AnchorbrowserError:
        return unresumed(self._session, failed, self._resuming, ran=ran)

    def _call(self, function: str, settings: Settings, returned: list[int]) -> None:
        self._client._run(function, (self._session,), settings, returned=returned)

    def _failure(self, status: int) -> AnchorbrowserError:
        return failure(self._client._abi, status, None)


def own_failure(reason: BaseException, returned: list[int]) -> AnchorbrowserError | None:
    """The reason if the call itself failed so; None if a handler of a signal or of the log raised it."""
    # No memory for the call's object, or for what the call learnt.
    if isinstance(reason, ResourceExhaustedError):
        return reason
    if returned and isinstance(reason, AnchorbrowserError) and reason.status == returned[0] != _status.OK:
        return reason
    return None


def may_be_paused(status: int, reason: BaseException) -> bool:
    """Whether an interrupted pause may have taken effect."""
    if status in (_status.INVALID_ARGUMENT, _status.INVALID_HANDLE):
        return False
    return status == _status.CANCELLED or own_failure(reason, [status]) is None


def unresumed(session: bytes, failed: AnchorbrowserError, resuming: str, *, ran: bool) -> AnchorbrowserError:
    """What to say about a recording that may stay paused."""
    if failed.status == _status.INVALID_ARGUMENT:
        # This process does not hold it, so that it is not for this process to resume.
        return failed
    session_id = session.decode()
    name = arguments.quoted(session_id)
    error = NotResumedError(
        f"the block {'ran' if ran else 'did not run'}, and the recording of session {name} may still be paused; "
        f"resume it with {resuming}({name}): {failed.message}",
        session_id=session_id,
        status=failed.status,
        status_code=failed.status_code,
        body=failed.body,
        request_id=failed.request_id,
        attempts=failed.attempts,
        retry_after=failed.retry_after,
    )
    error.__cause__ = failed
    return error


def attach(error: BaseException, failure: AnchorbrowserError) -> None:
    """Says of an exception that goes on what else failed."""
    if sys.version_info >= (3, 11):
        error.add_note(f"libanchor: {failure}")
        return
    # Before there were notes: as the first of the exceptions that led here, so that tracebacks show it.
    failure.__context__ = None
    if failure.__cause__ is not None:
        failure.__cause__.__context__ = None
    first = error
    while first.__context__ is not None:
        first = first.__context__
    first.__context__ = failure
