"""The tests of the C and C++ wrappers, and small hosts, compiled for a platform and run there."""

import os
import pathlib
import re
from concurrent.futures import ThreadPoolExecutor

from platforms import ROOT, beside_sandbox, output

#: The hosts of tests/hosts that need nothing of glibc, with their arguments: processes that fork, end in
#: a call, are interrupted, have small stacks, or have a resolver that hangs.
HOSTS = {
    "fork": [],
    "language": [],
    "resolver": [],
    "outage": [],
    "many": ["SANDBOX_URL", "1000", "5", "131072", "512"],
    "namespace": [],
    "handshake": [],
    "privileged": [],
    "trust": [],
    "storm": [],
    "exits": [],
    "late": [],
    "spawn": [],
    "queue": ["5000"],
}
#: The hosts for Windows.
WINDOWS_HOSTS = {"windows_host": []}
COMMON = ["-O1", "-g", "-pthread", "-Iinclude", "-Itests/wrappers/support", "-Wall", "-Wextra", "-Werror"]
C = [*COMMON, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Ibindings/c/include", "-Ibindings/c/src"]
CPP = [*COMMON, "-std=c++17", "-Ibindings/cpp/include"]


def run_all(platform, library):
    """Whether everything passed. Prints what was run."""
    # Some hosts write files here.
    (ROOT / "build/hosts").mkdir(parents=True, exist_ok=True)
    sources = programs()
    # Compiling takes longer than running.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        compiled = pool.map(lambda source: compile_program(source, platform, library), sources)
        results = [run(*program, platform) for program in zip(sources, compiled, strict=True)]
    checks, failed = (sum(numbers) for numbers in zip(*results, strict=True))
    of_platform = WINDOWS_HOSTS if platform.is_windows else HOSTS
    hosts = {name: arguments for name, arguments in of_platform.items() if name not in platform.without}
    ended = [is_right_host(name, arguments, platform, library) for name, arguments in hosts.items()]
    print(
        f"{platform.name}: {len(results)} programs, {checks} checks, {failed} failed; "
        f"{len(ended)} hosts, {ended.count(False)} failed",
        flush=True,
    )
    return failed == 0 and all(ended) and (not platform.is_windows or is_go_working(platform, library))


def is_go_working(platform, library):
    """Whether a program in Go works. Prints what it did."""
    program = platform.folder / "go_program.exe"
    environment = {
        "GOOS": "windows",
        "GOARCH": "amd64",
        "CGO_ENABLED": "1",
        "CC": "x86_64-w64-mingw32-gcc",
        "CGO_LDFLAGS": f'"-L{library.parent}" -lanchor',
    }
    go = [os.environ.get("GO", "go"), "-C", "bindings/go"]
    output([*go, "vet", "-tags", "anchor_ldflags", "./..."], **environment)
    source = ROOT / "tests/platforms/go_program.go"
    output([*go, "build", "-tags", "anchor_ldflags", "-o", program, source], **environment)
    done = beside_sandbox(platform.runnable(program))
    print(f"{platform.name}: Go: {(done.stdout + done.stderr).strip()}", flush=True)
    return done.returncode == 0


def programs():
    """The sources of the test programs."""
    return [*sorted(ROOT.glob("bindings/c/tests/*.c")), *sorted(ROOT.glob("bindings/cpp/tests/test_*.cpp"))]


def run(source, program, platform):
    """The number of checks that a program made, and of those that failed. A crash is a failure."""
    done = beside_sandbox(platform.runnable(program))
    told = re.search(r"(\d+) checks, (\d+) failed", done.stdout)
    checks, failed = map(int, told.groups()) if told else (0, 0)
    if done.returncode != 0 or checks == 0:
        print(f"{platform.name}: {source.name} ended with {done.returncode}:\n{done.stdout}{done.stderr}", flush=True)
        failed = max(failed, 1)
    return checks, failed


def compile_program(source, platform, library):
    is_c = source.suffix == ".c"
    # A test that includes the source of the C wrapper is not linked with it again.
    includes_easy = '"anchor_easy.c"' in source.read_text(encoding="utf-8")
    more = ["bindings/c/src/anchor_easy.c"] if is_c and not includes_easy else []
    if source.stem == "test_mixed_objects":
        # First, because the linker keeps the first of several bodies of a function.
        more = [compile_object(platform)]
    flags = [*(C if is_c else CPP), *(["-fno-exceptions", "-fno-rtti"] if "no_exceptions" in source.stem else [])]
    program = platform.folder / f"{source.stem}-{source.suffix.removeprefix('.')}"
    # In an emulator a child does not notice that it was forked.
    flags += ["-DEMULATED"] if "fork" in platform.without else []
    return link(program, [*platform.compiler(is_c), *flags, *more, source], platform, library)


def compile_object(platform):
    made = platform.folder / "linked_no_exceptions.o"
    source = "bindings/cpp/tests/linked_no_exceptions.cpp"
    output([*platform.compiler(False), *CPP, "-fno-exceptions", "-fno-rtti", "-c", source, "-o", made])
    return made


def link(program, command, platform, library):
    if platform.is_windows:
        # A program finds the library next to itself.
        program = program.with_suffix(".exe")
        libraries = ["-lws2_32", "-lpsapi"]
    else:
        libraries = [f"-Wl,-rpath,{library.parent}"]
    output([*command, "-o", program, f"-L{library.parent}", "-lanchor", *libraries])
    return program


def source_of_host(name):
    """The source of a host. Those for Windows are in the folder of this file, the others in tests/hosts."""
    folder = pathlib.Path(__file__).parent if name in WINDOWS_HOSTS else ROOT / "tests/hosts"
    return folder / f"{name}.c"


def is_right_host(name, arguments, platform, library):
    """Whether a host ended as it should. The last line that it prints is its figure."""
    command = [*platform.compiler(True), "-std=gnu11", "-O1", "-pthread", "-Iinclude", source_of_host(name)]
    program = link(platform.folder / name, command, platform, library)
    done = beside_sandbox([*platform.runnable(program), *arguments])
    told = (done.stdout + done.stderr).strip()
    shown = told if done.returncode else told.rpartition("\n")[2]
    print(f"{platform.name}: host {name}: {shown}", flush=True)
    return done.returncode == 0
