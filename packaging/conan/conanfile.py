"""The recipe for Conan: conan create packaging/conan"""

import pathlib
import re
import shutil
import subprocess

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy

STAGE = "target/stage"


class Libanchor(ConanFile):
    name = "libanchor"
    description = "Pauses, resumes, lists, downloads and deletes the recordings of Anchor Browser sessions"
    license = ("MIT", "Apache-2.0")
    settings = ("os", "arch", "compiler", "build_type")
    options = {"shared": [True, False]}  # noqa: RUF012, Conan's own form
    default_options = {"shared": True}  # noqa: RUF012
    package_type = "library"

    def set_version(self):
        manifest = (self.root() / "Cargo.toml").read_text(encoding="utf-8")
        self.version = re.search(r'^version = "(.*)"$', manifest, re.MULTILINE)[1]

    def root(self):
        return pathlib.Path(self.recipe_folder).parents[1]

    def export_sources(self):
        """The files that git tracks, without build products."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=self.root(), check=True, capture_output=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            target = pathlib.Path(self.export_sources_folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.root() / name, target)

    def validate(self):
        if self.settings.os != "Linux" or self.settings.arch not in ("x86_64", "armv8"):
            raise ConanInvalidConfiguration("this recipe is for 64-bit Linux")

    def package_id(self):
        # The interface is C, and the library is always built for release.
        del self.info.settings.compiler
        del self.info.settings.build_type

    def library(self):
        return "libanchor.so" if self.options.shared else "libanchor.a"

    def build(self):
        # The flags of the profile would reach the C code inside the library, whose build chooses
        # its own.
        self.run(
            f"env -u CFLAGS -u CXXFLAGS -u CPPFLAGS -u LDFLAGS make {STAGE}/{self.library()} {STAGE}/libanchor_easy.a",
            cwd=self.source_folder,
        )

    def package(self):
        source, package = pathlib.Path(self.source_folder), pathlib.Path(self.package_folder)
        for folder in ("include", "bindings/c/include", "bindings/cpp/include"):
            for pattern in ("anchor*.h", "anchor.hpp", "anchor/*.hpp"):
                copy(self, pattern, source / folder, package / "include")
        for pattern in ("LICENSE-*", "THIRD-PARTY-LICENSES"):
            copy(self, pattern, source, package / "licenses")
        copy(self, "libanchor_easy.a", source / STAGE, package / "lib")
        if not self.options.shared:
            copy(self, "libanchor.a", source / STAGE, package / "lib")
            return
        full, short = f"libanchor.so.{self.version}", f"libanchor.so.{self.version.split('.')[0]}"
        shutil.copy2(source / STAGE / "libanchor.so", package / "lib" / full)
        (package / "lib" / short).symlink_to(full)
        (package / "lib/libanchor.so").symlink_to(short)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "Anchor")
        library = self.cpp_info.components["anchor"]
        library.libs = ["anchor"]
        library.set_property("cmake_target_name", "Anchor::anchor")
        library.set_property("pkg_config_name", "anchor")
        if not self.options.shared:
            library.system_libs = ["util", "rt", "pthread", "m", "dl"]
        easy = self.cpp_info.components["easy"]
        easy.libs = ["anchor_easy"]
        easy.requires = ["anchor"]
        easy.set_property("cmake_target_name", "Anchor::easy")
        easy.set_property("pkg_config_name", "anchor-easy")
