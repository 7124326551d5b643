"""A virtual environment outside the repository, and a program that pauses a recording in it."""

import shutil
import subprocess
import sys

import outside

sys.path.insert(0, str(outside.ROOT / "tests/wrappers"))
from check_pause_example import recording

# Prints the path of every libanchor in the process.
LOADED = """
from importlib import metadata
import libanchor
licences = {file.name for file in metadata.files("libanchor") if "licenses" in file.parts}
assert licences == {"LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-LICENSES"}, licences
assert libanchor.library_version() == libanchor.__version__, (libanchor.library_version(), libanchor.__version__)
print(*{line.split(None, 5)[5].strip() for line in open("/proc/self/maps") if "libanchor" in line}, sep="\\n")
"""


class CleanVenv:
    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "a venv" / "bin"
        self.python = self.bin / "python"
        subprocess.run([sys.executable, "-m", "venv", self.bin.parent], check=True, timeout=outside.DEADLINE_S)

    def install(self, file, *options, **how):
        """Installs a copy, because the file itself is hidden."""
        copy = shutil.copy(file, self.folder)
        pip = [self.python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        outside.run([*pip, *options, copy], self.folder, **how)

    def run(self, *command):
        """Runs with only the environment on the PATH, without a compiler and cargo."""
        return outside.run([self.python, *command], self.folder, PATH=str(self.bin))

    def check(self):
        """The package loads its own library, and examples/pause.py works."""
        libraries = self.run("-c", LOADED).splitlines()
        site = str(self.bin.parent.resolve())
        if len(libraries) != 1 or not libraries[0].startswith(site):
            raise SystemExit(f"loaded {libraries}, not the one library in {site}")
        shutil.copy(outside.ROOT / "examples/pause.py", self.folder)
        told, state = self.run("pause.py", "abc"), recording("abc")
        if (told, state) != ("paused abc\n", "paused"):
            raise SystemExit(f"pause.py printed {told!r}, and the recording is {state}")
