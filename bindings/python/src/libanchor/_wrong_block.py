"""Clear errors for `async with` in place of `with`, and the other way round.

The methods are hidden from type checkers, which report the mistake themselves.
"""

TYPE_CHECKING = False


class Blocking:
    """The base of what a blocking client gives to `with`."""

    if not TYPE_CHECKING:

        def __aenter__(self, *_):
            raise TypeError(f"{type(self).__name__} is not for `async with`: write `with`, or use AsyncAnchorbrowser")

        __aexit__ = __aenter__


class Asynchronous:
    """The base of what an asyncio client gives to `async with`."""

    if not TYPE_CHECKING:

        def __enter__(self, *_):
            raise TypeError(f"{type(self).__name__} is not for `with`: write `async with`, or use Anchorbrowser")

        __exit__ = __enter__
