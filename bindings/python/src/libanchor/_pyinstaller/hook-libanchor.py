"""What PyInstaller adds to a program that imports the package. It runs this file by its name."""
# ruff: noqa: N999

from PyInstaller.utils.hooks import collect_dynamic_libs, collect_submodules, copy_metadata

binaries = collect_dynamic_libs("libanchor")
# `__version__` reads it.
datas = copy_metadata("libanchor")
# Modules that are imported on first use, which PyInstaller does not see.
hiddenimports = collect_submodules("libanchor", filter=lambda name: "_pyinstaller" not in name)
