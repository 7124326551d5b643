"""Finds and loads the shared library."""

from __future__ import annotations

import functools
import os
import sys

from ._abi import Abi
from ._exceptions import LibraryNotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLE = "ANCHOR_LIBRARY"
_NAMES = {"darwin": ("libanchor.dylib", "libanchor.0.dylib"), "win32": ("anchor.dll", "anchor.dll")}
#: The file beside this package, and the name by which the system's loader knows an installed library.
_BUNDLED, _INSTALLED = _NAMES.get(sys.platform, ("libanchor.so", "libanchor.so.0"))


# Loaded at the first use and not at import: importing the package must work where the library is missing, for
# tools and tests. Threads that race here load it twice, which does no harm; a lock could be held by another
# thread during a fork.
@functools.cache
def load() -> Abi:
    """The library, from the first place that has a usable one."""
    tried = []
    for path in _candidates():
        try:
            return Abi(path)
        except (OSError, AttributeError, ValueError) as reason:
            tried.append(f"{path} ({str(reason).removeprefix(f'{path}: ')})")
    raise LibraryNotFoundError(
        f"no usable libanchor; tried {', '.join(tried)}: "
        f"set {_VARIABLE} to the library's path, or install the package with pip, which builds it"
    )


def library_version() -> str:
    """The version of the shared library that is loaded, such as "1.2.3"."""
    version: bytes = load().anchor_version()
    return version.decode()


def _candidates() -> Iterator[str]:
    named = os.environ.get(_VARIABLE)
    if named:
        # Whoever names a library wants that one and no other.
        yield named
        return
    yield f"{__file__.rpartition(os.sep)[0]}{os.sep}{_BUNDLED}"
    yield _INSTALLED
    # Slow, as it may start a compiler: only when nothing else was found.
    from ctypes.util import find_library

    yield find_library("anchor") or "the system's library path"
