"""A recording that is paused while a block runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import _call, _status
from ._exceptions import AnchorbrowserError

if TYPE_CHECKING:
    from types import TracebackType

    from ._client import Anchorbrowser
    from ._settings import Settings


class Paused:
    """What `client.recordings.paused` gives to `with`.

    Not a generator under contextlib.contextmanager: an interrupt that comes between its parts would be raised where
    nothing knows that the recording is paused.
    """

    def __init__(self, client: Anchorbrowser, session: bytes, settings: Settings) -> None:
        self._client = client
        self._session = session
        self._settings = settings

    def __enter__(self) -> None:
        returned: list[int] = []
        try:
            self._client._call("anchor_pause_begin", (self._session,), self._settings, returned)
        except BaseException as reason:
            if returned == [_status.OK]:
                # Interrupted after it had paused, so the block will not run and nobody else would resume.
                self._end(reason)
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end(exc)

    def _end(self, body: BaseException | None) -> None:
        """Ends the hold. A failure is raised, but does not take the place of what the body raised."""
        returned: list[int] = []
        try:
            self._client._call("anchor_pause_end", (self._session,), self._settings, returned)
        except BaseException as failure:
            if not returned:
                # Interrupted before it began, or no memory for a call object: the hold must end all the same.
                abi, handle = self._client._abi, self._client._handle
                returned.append(abi.anchor_pause_end(handle, self._session, None, None))
            if not isinstance(failure, AnchorbrowserError):
                if returned[-1] != _status.OK:
                    _attach(failure, _call.failure(self._client._abi, returned[-1], None))
                raise
            if returned[-1] == _status.OK:
                return
            if body is None:
                raise
            _attach(body, failure)


def _attach(body: BaseException, failure: AnchorbrowserError) -> None:
    if sys.version_info >= (3, 11):
        body.add_note(f"libanchor: the recording was not resumed: {failure}")
        return
    # Before there were notes: as the first of the exceptions that led here, so that tracebacks show it.
    failure.__context__ = None
    first = body
    while first.__context__ is not None:
        first = first.__context__
    first.__context__ = failure
