"""Checks the Debian packages in a mount namespace, so that the system itself stays unchanged."""

import os
import shutil

from support import ROOT, away, check, folder, run

SOURCES = (
    "examples/pause.c",
    "examples/pause.cpp",
    "tests/release/install/CMakeLists.txt",
    "tests/wrappers/check_pause_example.py",
)
# This script finds the table by its path from the root folder.
WITH_FOLDERS = ("tools/with_sandbox.py", "tests/wrappers/answers.tsv")
SANDBOX = os.environ.get("ANCHOR_SANDBOX", ROOT / "target/debug/sandbox")
# Changes of these folders go to memory, in a mount namespace.
LAYERS = """
mount -t tmpfs tmpfs "$1"
mkdir layers
mount -t tmpfs tmpfs layers
for folder in usr var etc; do
    mkdir -p layers/$folder/upper layers/$folder/work
    mount -t overlay -o "lowerdir=/$folder,upperdir=layers/$folder/upper,workdir=layers/$folder/work" overlay /$folder
done"""

STORY = """
sandboxed="python3 tools/with_sandbox.py --deadline 120 --"
export ANCHOR_SANDBOX=$PWD/sandbox
find /usr /var /etc -name '*anchor*' | sort >before
dpkg --install ./*.deb
cc -std=c99 pause.c -o pause-c $(pkg-config --cflags --libs anchor-easy)
cc -std=c99 -static pause.c -o pause-static $(pkg-config --static --cflags --libs anchor-easy) 2>ld.out
cmake -S . -B build -DLANGUAGE=CXX -DSOURCE=pause.cpp -DTARGET=Anchor::anchor
cmake --build build
for program in ./pause-c ./pause-static build/pause; do $sandboxed python3 check_pause_example.py "$program"; done
readelf --dynamic pause-c | grep -q 'libanchor\\.so\\.0'
ldd pause-c | grep "/usr/lib/$(cc -print-multiarch)/libanchor\\|/lib/$(cc -print-multiarch)/libanchor"
$sandboxed anchor pause abc
test -e /usr/share/man/man3/anchor_pause_recording.3.gz
test -e /usr/share/bash-completion/completions/anchor
dpkg --purge libanchor-bin libanchor-dev libanchor0
find /usr /var /etc -name '*anchor*' | sort | diff before -
echo "3 packages, 3 programs, no file left"
"""


def debian(packages=ROOT / "build/deb"):
    """dpkg installs and purges the packages. pkg-config, CMake and the command work without
    settings.
    """
    check(
        os.geteuid() == 0,
        "dpkg needs root: run as root, which changes nothing outside the check, or name the other checks",
    )
    with folder() as work:
        for source in SOURCES:
            shutil.copy(ROOT / source, work)
        for source in WITH_FOLDERS:
            (work / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, work / source)
        shutil.copy(SANDBOX, work / "sandbox")
        found = list(packages.glob("libanchor*.deb"))
        check(len(found) >= 3, "there are no packages: run make deb")
        for package in found:
            shutil.copy(package, work)
        return run(away(["sh", "-ec", STORY], LAYERS), work)


CHECKS = (debian,)
