"""Completes the packages: a wheel gets the shared library, an sdist gets the sources to build it.

A wheel also gets the command `anchor`, if `ANCHOR_COMMAND` names it, with its man pages and
completions.

The licences and the library's sources are outside this folder, at the root of the repository. The
licence files here are links to the root's, so that there is one copy of each. An sdist holds
the files themselves, in place of the links, and the sources in a folder named `rust`.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What cargo calls the library on this system, and what a library with one of these endings is called in
#: a wheel, which may be for another system.
NAME = {"darwin": "libanchor.dylib", "win32": "anchor.dll"}.get(sys.platform, "libanchor.so")
NAMES = {".dylib": "libanchor.dylib", ".dll": "anchor.dll"}
SOURCES = (".cargo/config.toml", "Cargo.toml", "Cargo.lock", "build.rs", "cbindgen.toml", "src")
#: The files of the repository that an sdist holds.
ARCHIVED = (*SOURCES, "include", "packaging/command", "README.md")
RUST = "rust"
#: Where the man pages and completions of the command belong below the prefix of an environment, by
#: the names of the files in packaging/command. The shells search these folders.
PAGES = {
    "*.1": "share/man/man1/{}",
    "_anchor": "share/zsh/site-functions/{}",
    "anchor.bash": "share/bash-completion/completions/anchor",
    "anchor.fish": "share/fish/vendor_completions.d/{}",
}


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
            library = self.library()
            build_data["force_include"][str(library)] = f"libanchor/{NAMES.get(library.suffix, 'libanchor.so')}"
            command = self.named("ANCHOR_COMMAND")
            if command:
                build_data["shared_scripts"][str(command)] = "anchor"
                build_data["shared_data"].update(self.pages())

    def archived(self, files: dict[str, str]) -> dict[str, str]:
        """The files of an sdist: hatchling's own, with links resolved, and the sources."""
        files = {str(Path(file).resolve()): name for file, name in files.items()}
        repository = self.repository()
        return files | {str(repository / name): f"{RUST}/{name}" for name in ARCHIVED}

    def repository(self) -> Path:
        """The folder of the library's sources: `rust` in an sdist, or the repository's root."""
        packed = Path(self.root) / RUST
        return packed if packed.is_dir() else Path(self.root).parents[1]

    def library(self) -> Path:
        """The library that ANCHOR_LIBRARY names, or the repository's, built if it is stale."""
        named = self.named("ANCHOR_LIBRARY")
        if named:
            return named
        repository = self.repository()
        library = repository / "target" / "release" / NAME
        if not library.is_file() or library.stat().st_mtime < newest(repository):
            self.build(repository)
        return library

    def pages(self) -> dict[str, str]:
        """The man pages and completions of the command, and their places."""
        folder = self.repository() / "packaging/command"
        return {str(file): place.format(file.name) for name, place in PAGES.items() for file in folder.glob(name)}

    def named(self, variable: str) -> Path | None:
        """The file that the variable names, or None if it is not set.

        A relative path begins at the root of the repository: pip does not tell in which folder its
        user is.
        """
        name = os.environ.get(variable)
        if not name:
            return None
        file = self.repository().absolute() / name
        if not file.is_file():
            self.app.abort(f"{variable} names {file}, which is not a file: correct or unset it")
        return file

    def build(self, repository: Path) -> None:
        cargo = shutil.which("cargo")
        if cargo is None:
            self.app.abort("libanchor is built by cargo, which is not on the PATH: install Rust from https://rustup.rs")
        command = [str(cargo), "rustc", "--locked", "--release", "--lib", "--crate-type", "cdylib"]
        # CARGO_TARGET_DIR or cargo's configuration could name another folder.
        command += ["--target-dir", str(repository / "target")]
        if subprocess.run(command, cwd=repository, check=False).returncode != 0:
            self.app.abort(f"cargo could not build libanchor in {repository}: see above")


def newest(repository: Path) -> float:
    """The modification time of the newest source of the library."""
    roots = [repository / name for name in SOURCES]
    files = [file for root in roots for file in (root.rglob("*") if root.is_dir() else [root])]
    return max((file.stat().st_mtime for file in files if file.is_file()), default=0.0)
