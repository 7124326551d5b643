"""Puts the shared library into the wheel, and what it is built of into the sdist, so that each is complete."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NAMES = {"darwin": "libanchor.dylib", "win32": "anchor.dll"}
NAME = NAMES.get(sys.platform, "libanchor.so")
SOURCES = ("Cargo.toml", "Cargo.lock", "build.rs", "cbindgen.toml", "src")
#: What an sdist has of the repository, in a folder of its own; the licences stand beside pyproject.toml.
ARCHIVED = (*SOURCES, "include", "README.md")
RUST = "rust"


class LibraryHook(BuildHookInterface[Any]):
    """Runs before each build of a wheel or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "sdist":
            build_data["force_include"] = self.archived(build_data["force_include"])
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        # An editable install uses the clone itself, and the library that ANCHOR_LIBRARY names.
        if version != "editable":
            build_data["force_include"][str(self.library())] = f"libanchor/{NAME}"

    def archived(self, files: dict[str, str]) -> dict[str, str]:
        """The files of an sdist: hatchling's own, which would be stored as links where they are links, and ours."""
        files = {str(Path(file).resolve()): name for file, name in files.items()}
        repository = self.repository()
        return files | {str(repository / name): f"{RUST}/{name}" for name in ARCHIVED}

    def repository(self) -> Path:
        """Where the library's sources are: in an sdist a folder has them."""
        packed = Path(self.root) / RUST
        return packed if packed.is_dir() else Path(self.root).parents[1]

    def library(self) -> Path:
        """What ANCHOR_LIBRARY names, else the repository's library, built anew if its sources are newer."""
        named = os.environ.get("ANCHOR_LIBRARY")
        if named:
            library = Path(named).absolute()
            if not library.is_file():
                self.app.abort(f"ANCHOR_LIBRARY names {library}, which is no file: correct or unset it")
            return library
        repository = self.repository()
        library = repository / "target" / "release" / NAME
        if not library.is_file() or library.stat().st_mtime < newest(repository):
            self.build(repository)
        return library

    def build(self, repository: Path) -> None:
        cargo = shutil.which("cargo")
        if cargo is None:
            self.app.abort("libanchor is built by cargo, which is not on the PATH: install Rust from https://rustup.rs")
        command = [str(cargo), "rustc", "--locked", "--release", "--lib", "--crate-type", "cdylib"]
        # Named, as CARGO_TARGET_DIR and cargo's configuration may have it elsewhere.
        command += ["--target-dir", str(repository / "target")]
        if subprocess.run(command, cwd=repository, check=False).returncode != 0:
            self.app.abort(f"cargo could not build libanchor in {repository}: see above")


def newest(repository: Path) -> float:
    """When the newest of the library's sources was changed."""
    roots = [repository / name for name in SOURCES]
    files = [file for root in roots for file in (root.rglob("*") if root.is_dir() else [root])]
    return max((file.stat().st_mtime for file in files if file.is_file()), default=0.0)
