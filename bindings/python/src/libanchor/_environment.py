"""The environment variables. The user who starts a program chooses them.

A set-user-id program has rights that its caller lacks. There no variable is read, as in the library:
one of them names the code to load, another the server that gets the API key.
"""

from __future__ import annotations

import os
import sys

#: The entry of the auxiliary vector that tells whether the process has more rights than its caller.
_AT_SECURE = 23


def variable(name: str) -> str | None:
    """The value of a variable, or None if it is unset, empty or not to be trusted.

    `os.environ` is Python's own copy of the environment. Reading C's copy would be unsafe while
    another thread calls setenv.
    """
    value = os.environ.get(name)
    return value if value and is_trusted() else None


def is_trusted() -> bool:
    """Whether this process has no more rights than its caller."""
    if sys.platform == "win32":
        return True
    import ctypes

    # The user ids alone do not show that a program has given up rights.
    process = ctypes.CDLL(None)
    if sys.platform != "linux":
        return bool(process.issetugid() == 0)
    process.getauxval.restype, process.getauxval.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
    return bool(process.getauxval(_AT_SECURE) == 0)
