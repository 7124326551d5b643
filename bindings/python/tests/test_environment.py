"""A set-user-id program, whose caller chose the environment, reads no variable."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import libanchor
import pytest
from paths import SOURCES
from sandbox import DEADLINE_SECONDS, Sandbox

NOBODY = 65534
#: What a program without rights of its own gets from these variables, and a set-user-id one not.
VARIABLES = {
    "ANCHORBROWSER_API_KEY": "sandbox-key",
    "ANCHORBROWSER_BASE_URL": "http://127.0.0.1:1",
    "ANCHORBROWSER_LOG": "debug",
    "ANCHOR_LIBRARY": "/nonexistent/libanchor.so",
}
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from libanchor import _environment
print(*(_environment.variable(name) for name in sys.argv[2:]))
"""


@pytest.fixture
def set_user_id_python() -> Iterator[Path]:
    """An interpreter that runs as root, whoever starts it.

    Not as another user: the sources may be in a folder that only root can read.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can start a program as another user")
    folder = Path(tempfile.mkdtemp())
    try:
        program = folder / "python"
        shutil.copyfile(Path(sys.executable).resolve(), program)
        program.chmod(0o755 | stat.S_ISUID)
        folder.chmod(0o755)
        yield program
    finally:
        shutil.rmtree(folder)


def values(python: Path, user: int | None = None) -> list[str]:
    command = [str(python), "-S", "-E", "-c", PROGRAM, str(SOURCES), *VARIABLES]
    environment = {**os.environ, **VARIABLES}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=DEADLINE_SECONDS, user=user, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_set_user_id_program_reads_no_variable(set_user_id_python: Path) -> None:
    assert values(Path(sys.executable)) == list(VARIABLES.values())
    assert values(set_user_id_python, NOBODY) == ["None"] * len(VARIABLES)


@pytest.mark.parametrize("is_trusted", [True, False])
def test_every_variable_is_read_through_the_check(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, *, is_trusted: bool
) -> None:
    # Loaded before, because ANCHOR_LIBRARY is one of the variables.
    assert libanchor.library_version()
    monkeypatch.setattr("libanchor._environment.is_trusted", lambda: is_trusted)
    monkeypatch.setenv("ANCHORBROWSER_API_KEY", "key-of-the-caller")
    monkeypatch.setenv("ANCHORBROWSER_BASE_URL", "not-a-url")
    if is_trusted:
        with pytest.raises(libanchor.AnchorbrowserError, match="ANCHORBROWSER_BASE_URL"):
            libanchor.Anchorbrowser()
    else:
        assert libanchor.Anchorbrowser(api_key="k", base_url=sandbox.url) is not None
