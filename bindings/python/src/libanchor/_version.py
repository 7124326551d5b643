"""The version of this package. `library_version()` gives that of the shared library."""

from importlib import metadata

try:
    __version__ = metadata.version("libanchor")
except metadata.PackageNotFoundError:
    # Imported from a clone without being installed. The version is in Cargo.toml only.
    __version__ = "0+uninstalled"
