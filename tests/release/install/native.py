"""Builds C and C++ programs with an installation, as users do."""

import shutil

from support import ROOT, beside_sandbox, check, check_pauses, folder, make, needed, run, shell


def c_shared():
    """C by pkg-config, with the shared library of an installation that was moved."""
    with folder() as work:
        prefix = work / "moved there"
        prepare(work, "tests/release/install/pause_core.c").rename(prefix)
        program = build_c(work, prefix, "pause_core.c", "--cflags --libs anchor")
        check("libanchor.so.0" in needed(program), "the program does not need libanchor.so.0")
        return check_pauses(program, work, LD_LIBRARY_PATH=prefix / "lib")


def c_static():
    """C by pkg-config, with the static library and the shared libraries of the system."""
    with folder() as work:
        prefix = prepare(work, "tests/release/install/pause_core.c")
        program = build_c(work, prefix, "pause_core.c", "--cflags --libs anchor-static")
        return check_static(program, work, prefix)


def c_all_static():
    """C by pkg-config --static, without shared libraries. The linker warns about the name look-up
    of the C library.
    """
    with folder() as work:
        prefix = prepare(work, "tests/release/install/pause_core.c")
        program = build_c(work, prefix, "-static pause_core.c", "--static --cflags --libs anchor")
        check(not needed(program), "the program needs a shared library")
        return check_static(program, work, prefix)


def c_easy():
    """The C wrapper by pkg-config."""
    with folder() as work:
        prefix = prepare(work, "examples/pause.c")
        program = build_c(work, prefix, "pause.c", "--cflags --libs anchor-easy")
        return check_pauses(program, work, LD_LIBRARY_PATH=prefix / "lib")


def c_easy_static():
    """The C wrapper by pkg-config --static, without shared libraries."""
    with folder() as work:
        prefix = prepare(work, "examples/pause.c")
        program = build_c(work, prefix, "-static pause.c", "--static --cflags --libs anchor-easy")
        return check_static(program, work, prefix)


def c_easy_static_pc():
    """The C wrapper by pkg-config, with the static library and the shared libraries of the system."""
    with folder() as work:
        prefix = prepare(work, "examples/pause.c")
        program = build_c(work, prefix, "pause.c", "--cflags --libs anchor-easy-static")
        check("libc.so.6" in needed(program), "the program does not need the C library")
        return check_static(program, work, prefix)


def c_easy_cmake():
    """The C wrapper by CMake, in a project without C++, with the shared and with the static
    library.
    """
    with folder() as work:
        prefix = prepare(work, "examples/pause.c", "tests/release/install/CMakeLists.txt")
        check_pauses(build_cmake(work, prefix, "pause.c", "Anchor::easy"), work)
        program = build_cmake(work, prefix, "pause.c", "Anchor::easy_static")
        return check_static(program, work, prefix)


def c_beside_rust():
    """The static library next to another Rust library, in a host whose functions have names from
    the cryptography.
    """
    with folder() as work:
        prefix = prepare(
            work, "tests/release/install/beside.c", "tests/release/install/neighbour.rs", "tests/hosts/host.h"
        )
        shell("rustc -O --edition 2024 --crate-type staticlib neighbour.rs", work)
        sources = "-std=gnu11 -rdynamic beside.c libneighbour.a"
        program = build_c(work, prefix, sources, "--cflags --libs anchor-static")
        return beside_sandbox([program], work)


def cpp_shared():
    """C++ by CMake's find_package, with the shared library of an installation that was moved."""
    with folder() as work:
        moved = work / "moved there"
        prepare(work, "examples/pause.cpp", "tests/release/install/CMakeLists.txt").rename(moved)
        program = build_cmake(work, moved, "pause.cpp", "Anchor::anchor")
        check("libanchor.so.0" in needed(program), "the program does not need libanchor.so.0")
        return check_pauses(program, work)


def cmake_requests():
    """What find_package accepts and refuses."""
    with folder() as work:
        prefix = prepare(work)
        accepted = ("", "0.1", "0.0.1...<0.2", "0.1...1", "0.1 EXACT", "COMPONENTS anchor easy_static")
        refused = ("1.0", "0.0.1...<0.1", "0.2...0.3", "COMPONENTS anchor nonsense")
        for asked in accepted + refused:
            project = [
                "cmake_minimum_required(VERSION 3.19)",
                "project(asking C)",
                f"find_package(Anchor {asked} REQUIRED)",
            ]
            (work / "CMakeLists.txt").write_text("\n".join(project))
            line = 'cmake -S . -B build -DCMAKE_PREFIX_PATH="$PREFIX" >out 2>&1 && echo found || cat out'
            found = shell(line, work, PREFIX=prefix).strip() == "found"
            check(found == (asked in accepted), f"find_package(Anchor {asked}) is {found}")
        return f"{len(accepted)} requests found, {len(refused)} refused"


def cmake_subdirectory():
    """C++ in a project that contains the sources. This alone needs cargo and sees the sources."""
    with folder() as work:
        shutil.copy(ROOT / "examples/pause.cpp", work)
        project = f"""cmake_minimum_required(VERSION 3.16)
project(pause CXX)
add_subdirectory("{ROOT}" anchor EXCLUDE_FROM_ALL)
add_executable(pause pause.cpp)
target_compile_features(pause PRIVATE cxx_std_17)
target_link_libraries(pause PRIVATE Anchor::anchor)
"""
        (work / "CMakeLists.txt").write_text(project)
        run(["cmake", "-S", ".", "-B", "build", f"-DANCHOR_TARGET_DIR={ROOT / 'target'}"], work)
        run(["cmake", "--build", "build"], work)
        script = ROOT / "tests/wrappers/check_pause_example.py"
        return run(["python3", ROOT / "tools/with_sandbox.py", "--", "python3", script, work / "build/pause"], work)


def cpp_static():
    """C++ by CMake's find_package, with the static library."""
    with folder() as work:
        prefix = prepare(work, "examples/pause.cpp", "tests/release/install/CMakeLists.txt")
        program = build_cmake(work, prefix, "pause.cpp", "Anchor::anchor_static")
        return check_static(program, work, prefix)


def prepare(work, *sources):
    """Installs the library, and copies the sources next to it."""
    prefix = work / "pre fix"
    make("install", PREFIX=prefix)
    for source in sources:
        shutil.copy(ROOT / source, work)
    return prefix


def build_c(work, prefix, sources, asked):
    # `eval`, because pkg-config escapes the space in the path for a shell.
    line = f'eval "cc -std=c99 -Wall -Wextra -Wpedantic -Werror {sources} -o pause $(pkg-config {asked})"'
    shell(line, work, PKG_CONFIG_PATH=prefix / "lib/pkgconfig")
    return work / "pause"


def build_cmake(work, prefix, source, target):
    language = "C" if source.endswith(".c") else "CXX"
    settings = f'-DCMAKE_PREFIX_PATH="$PREFIX" -DLANGUAGE={language} -DSOURCE={source} -DTARGET={target}'
    line = f"cmake -S . -B build {settings} && cmake --build build"
    shell(line, work, PREFIX=prefix)
    return work / "build/pause"


def check_static(program, work, prefix):
    """Checks that the program runs after the library is uninstalled."""
    check(not any("anchor" in name for name in needed(program)), "the program needs the shared library")
    make("uninstall", PREFIX=prefix)
    return check_pauses(program, work)


CHECKS = (
    c_shared,
    c_static,
    c_all_static,
    c_easy,
    c_easy_static,
    c_easy_static_pc,
    c_easy_cmake,
    c_beside_rust,
    cpp_shared,
    cpp_static,
)
CHECKS += (cmake_requests, cmake_subdirectory)
