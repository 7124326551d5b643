"""What is taken out of the sources, and the commands that must fail then."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str
    #: The text of the defence, which the file holds once.
    defence: str
    without: str
    #: A shell command in the root of the sources.
    test: str


def library(test):
    """Tests inside the library."""
    return f"cargo test --quiet --locked --lib -- {test}"


def abi(test):
    """One test of the library through its C ABI, with the server that it needs."""
    return f"cargo build --quiet --locked --example sandbox && cargo test --quiet --locked --test abi -- {test}"


def hostile(words):
    """The behaviours of hostile servers whose names hold the words."""
    return f"cargo test --quiet --locked --test hostile -- '{words}'"


def models(test):
    """Models of the tables, in every order of events."""
    return f"cargo test --quiet --locked --manifest-path tests/misuse/models/Cargo.toml --target-dir target -- {test}"


def host(name):
    return f"python3 tests/hosts/run.py {name}"
