"""A recording that is paused while a block runs."""

from __future__ import annotations

import sys

from . import _status
from ._exceptions import AnchorbrowserError
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

    def __init__(self, client: BaseClient, session: bytes, settings: Settings) -> None:
        self._client = client
        self._session = session
        self._settings = settings

    def __enter__(self) -> None:
        returned: list[int] = []
        try:
            self._call("anchor_pause_begin", self._settings, returned)
        except BaseException as reason:
            # Interrupted: the block will not run, and nobody else would resume.
            if returned == [_status.OK]:
                self._end(reason, self._settings)
            elif returned == [_status.CANCELLED]:
                self._undo(reason, self._settings.at_most(UNDOING_MS))
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(exc, self._settings)

    def _undo(self, reason: BaseException, settings: Settings) -> None:
        """Resumes what an interrupted call may have paused.

        By then another hold may have begun, whose block would be recorded after a mere resuming. So this is a hold of
        its own, and ends as such.
        """
        returned: list[int] = []
        try:
            self._call("anchor_pause_begin", settings, returned)
        except AnchorbrowserError as failure:
            attach(reason, "the recording may be paused", failure)
        except BaseException as interrupt:
            if returned == [_status.OK]:
                self._end(interrupt, settings)
            else:
                attach(interrupt, "the recording may be paused", self._failure(_status.CANCELLED))
            raise
        else:
            self._end(reason, settings)

    def _end(self, body: BaseException | None, settings: Settings) -> None:
        """Ends the hold. A failure is raised, but does not take the place of what the body raised."""
        returned: list[int] = []
        try:
            self._call("anchor_pause_end", settings, returned)
        except AnchorbrowserError as failure:
            if not returned:
                # No memory for a call object: the hold must end all the same.
                abi, handle = self._client._abi, self._client._handle
                returned.append(abi.anchor_pause_end(handle, self._session, None, None))
            if returned[-1] == _status.OK:
                return
            if body is None:
                raise
            attach(body, "the recording was not resumed", failure)
        except BaseException as interrupt:
            if not returned:
                # It came before the call, as if the body had raised it.
                self._end(interrupt, settings)
            elif returned[-1] != _status.OK:
                attach(interrupt, "the recording was not resumed", self._failure(returned[-1]))
            raise

    def _call(self, function: str, settings: Settings, returned: list[int]) -> None:
        self._client._run(function, (self._session,), settings, returned=returned)

    def _failure(self, status: int) -> AnchorbrowserError:
        return failure(self._client._abi, status, None)


def attach(error: BaseException, what: str, failure: AnchorbrowserError) -> None:
    if sys.version_info >= (3, 11):
        error.add_note(f"libanchor: {what}: {failure}")
        return
    # Before there were notes: as the first of the exceptions that led here, so that tracebacks show it.
    failure.__context__ = None
    first = error
    while first.__context__ is not None:
        first = first.__context__
    first.__context__ = failure
