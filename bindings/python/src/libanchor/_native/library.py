"""Finds and loads the shared library.

`ANCHOR_LIBRARY` names it, or else it is the file in this package, or else one that is installed on
the system.
"""

from __future__ import annotations

import functools
import os
import sys

from .. import _environment
from .._exceptions import LibraryNotFoundError
from .abi import Abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLE = "ANCHOR_LIBRARY"
_NAMES = {"darwin": ("libanchor.dylib", "libanchor.0.dylib"), "win32": ("anchor.dll", "anchor.dll")}
#: The file in the package, and the name by which the system's loader knows an installed library.
_BUNDLED, _INSTALLED = _NAMES.get(sys.platform, ("libanchor.so", "libanchor.so.0"))


# Loaded at the first use, not at import: tools and tests import the package where there is no
# library. There is no lock, which another thread could hold during a fork. Threads that race here
# load the library twice, which is harmless.
@functools.cache
def load() -> Abi:
    """The first usable library among the candidates."""
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
    """The version of the loaded shared library, such as "1.2.3"."""
    version: bytes = load().anchor_version()
    return version.decode()


def _candidates() -> Iterator[str]:
    named = _environment.variable(_VARIABLE)
    if named:
        # A library that is named explicitly is never replaced by another one.
        yield named
        return
    package = __file__.rsplit(os.sep, 2)[0]
    yield f"{package}{os.sep}{_BUNDLED}"
    yield _INSTALLED
    if not _environment.is_trusted():
        # The search below runs programs that PATH names.
        return
    # Last, because it is slow: it may start a compiler.
    from ctypes.util import find_library

    yield find_library("anchor") or "the system's library path"
