"""What a defence is, and the tests that notice when it is missing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defence:
    name: str
    file: str
    #: The defence, which occurs in the file exactly once.
    text: str
    #: The text that replaces it.
    without: str
    #: Shell commands, run in the root of the copy.
    build: str
    test: str


def host(name):
    """A program of tests/hosts."""
    program = name.replace("-", "_")
    return f"make --quiet lib sandbox-program build/hosts/{program}", f"python3 tests/hosts/run.py {name}"


def abi(test):
    """A test of tests/abi."""
    build = "make --quiet sandbox-program && cargo test --quiet --locked --test abi --no-run"
    return build, f"cargo test --quiet --locked --test abi -- {test}"


def hostile(words):
    """The behaviours of tests/hostile whose names contain these words."""
    build = "cargo test --quiet --locked --test hostile --no-run"
    return build, f"cargo test --quiet --locked --test hostile -- '{words}'"


def unit(test):
    """A test inside of the library."""
    return "cargo test --quiet --locked --lib --no-run", f"cargo test --quiet --locked --lib -- {test}"


# Without link-time optimization a call takes a little more of the caller's stack than the 16 KB of
# tests/hosts/run.py.
SMALL_STACK = host("stack")[0], "python3 tools/with_sandbox.py -- build/hosts/stack 84 24"
