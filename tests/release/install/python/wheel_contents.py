"""Checks the files of a wheel for any platform, and that its tag promises what they need."""

import io
import pathlib
import re
import subprocess
import sys
import zipfile

from elftools.elf.elffile import ELFFile

ROOT = pathlib.Path(__file__).resolve().parents[4]
PACKAGE = ROOT / "bindings/python/src/libanchor"
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-LICENSES")
# Where each file of packaging/command belongs below the prefix of an environment.
PAGES = {
    file: {
        ".1": f"share/man/man1/{file.name}",
        "": f"share/zsh/site-functions/{file.name}",
        ".bash": "share/bash-completion/completions/anchor",
        ".fish": f"share/fish/vendor_completions.d/{file.name}",
    }[file.suffix]
    for file in (ROOT / "packaging/command").iterdir()
}
#: What auditwheel must tell of a wheel with this tag.
TAGS = {
    "manylinux2014_x86_64": "manylinux_2_17_x86_64",
    "manylinux2014_aarch64": "manylinux_2_17_aarch64",
    "musllinux_1_2_x86_64": "musllinux_1_2_x86_64",
    "musllinux_1_2_aarch64": "musllinux_1_2_aarch64",
}
TOOL_S = 240


def check(wheel, tag):
    """Ends this process unless the wheel is complete, and is for the platforms with this tag."""
    if not wheel.name.endswith(f"-py3-none-{tag}.whl"):
        sys.exit(f"{wheel.name} is not for {tag}")
    check_contents(wheel, tag.startswith("win"))
    # PyInstaller gives its hook a name that cannot be imported: W004.
    tool("check_wheel_contents", "--no-config", "--ignore", "W004", wheel)
    if tag in TAGS:
        check_tag(wheel, tag)


def tool(module, *arguments, **options):
    """The output of a Python tool, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)], capture_output=True, text=True, timeout=TOOL_S, **options
    )
    if done.returncode != 0:
        sys.exit(f"{module}: {done.stdout}{done.stderr}")
    return done.stdout


def check_contents(wheel, is_for_windows):
    """The wheel contains the package, a stripped library and command, the pages of the command, and
    the licences, and nothing else. For Windows there is no command.
    """
    name_and_version = "-".join(wheel.name.split("-")[:2])
    information, data = f"{name_and_version}.dist-info", f"{name_and_version}.data"
    command = {f"{data}/scripts/anchor", *(f"{data}/data/{place}" for place in PAGES.values())}
    sources = (file for file in PACKAGE.rglob("*") if file.suffix in (".py", ".typed"))
    expected = {f"libanchor/{file.relative_to(PACKAGE).as_posix()}" for file in sources}
    expected |= {"libanchor/anchor.dll"} if is_for_windows else {"libanchor/libanchor.so", *command}
    expected |= {f"{information}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    expected |= {f"{information}/licenses/{name}" for name in LICENCES}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        if names != expected:
            sys.exit(f"missing: {sorted(expected - names)}; not expected: {sorted(names - expected)}")
        for name in LICENCES:
            if archive.read(f"{information}/licenses/{name}") != (ROOT / name).read_bytes():
                sys.exit(f"{name} in the wheel is not the repository's")
        if is_for_windows and (extra := long_sections(archive.read("libanchor/anchor.dll"))):
            sys.exit(f"libanchor/anchor.dll is not stripped: it has sections named {extra}")
        files = () if is_for_windows else ("libanchor/libanchor.so", f"{data}/scripts/anchor")
        binaries = {name: ELFFile(io.BytesIO(archive.read(name))) for name in files}
    for file, binary in binaries.items():
        if extra := [name for name in (".symtab", ".debug_info") if binary.get_section_by_name(name)]:
            sys.exit(f"{file} is not stripped: it has {extra}")


def long_sections(dll):
    """The sections of a DLL whose names are too long for the table: those for debuggers."""

    def number(at, size):
        return int.from_bytes(dll[at : at + size], "little")

    header = number(0x3C, 4)
    first = header + 24 + number(header + 20, 2)
    names = [dll[at : at + 8] for at in range(first, first + 40 * number(header + 6, 2), 40)]
    if b".text\0\0\0" not in names:
        sys.exit(f"the table of sections cannot be read: {names}")
    return [name for name in names if name.startswith((b"/", b".debug"))]


def check_tag(wheel, tag):
    """auditwheel agrees that the library runs on every system that the tag names. Of musl it cannot tell the
    version, because musl's symbols have none.
    """
    # Of another C library than this machine's, auditwheel would find the wrong one.
    folders = ("--ldpaths", "/nowhere") if tag.startswith("musl") else ()
    told = " ".join(tool("auditwheel", "show", *folders, wheel).split())
    match = re.search(r'platform tag: "(\w+)_(\d+)_(\d+)_(x86_64|aarch64)"', told)
    promised = re.fullmatch(r"(\w+)_(\d+)_(\d+)_(x86_64|aarch64)", TAGS[tag])
    if match is None or match.group(1, 4) != promised.group(1, 4):
        sys.exit(f"auditwheel: {told}")
    if tuple(map(int, match.group(2, 3))) > tuple(map(int, promised.group(2, 3))):
        sys.exit(f"auditwheel: {told}")
