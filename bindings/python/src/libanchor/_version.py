"""The version of this package; `library_version()` tells that of the shared library."""

from importlib import metadata

try:
    __version__ = metadata.version("libanchor")
except metadata.PackageNotFoundError:
    # Run from a clone without being installed; the version stands in Cargo.toml alone.
    __version__ = "0+uninstalled"
