"""The archive for a platform: built, unpacked, and used by programs in C that are linked with it."""

import pathlib
import shutil
import subprocess
import tempfile

from platforms import ROOT, beside_sandbox, output

SOURCE = "examples/pause.c"


def is_working(platform):
    """Whether programs with the shared library, and with the static one if there is one, pause."""
    command = ["sh", "packaging/release/platform_archive.sh", platform.name]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(f"{platform.name}: the archive could not be made", flush=True)
        return False
    archive = pathlib.Path(done.stdout.splitlines()[-1])
    with tempfile.TemporaryDirectory() as folder:
        shutil.unpack_archive(ROOT / archive, folder)
        [prefix] = pathlib.Path(folder).iterdir()
        programs = [shared(platform, prefix)]
        if platform.is_windows:
            shutil.copy(platform.folder / "bcryptprimitives.dll", prefix / "bin")
        else:
            programs.append(static(platform, prefix))
        ended = [beside_sandbox([*platform.runnable(program), "abc"]) for program in programs]
    works = all(each.returncode == 0 and each.stdout.splitlines() == ["paused abc"] for each in ended)
    said = f"programs that pause: {len(ended)}" if works else f"a program failed: {ended}"
    print(f"{platform.name}: {archive.name}: {said}", flush=True)
    return works


def shared(platform, prefix):
    program = prefix / ("bin/pause.exe" if platform.is_windows else "pause-shared")
    # By its path, because with -lanchor zig takes the static library.
    library = prefix / "lib" / ("libanchor.dll.a" if platform.is_windows else "libanchor.so")
    options = ["-lws2_32"] if platform.is_windows else [f"-Wl,-rpath,{prefix}/lib"]
    return compiled(platform, prefix, program, library, *options)


def static(platform, prefix):
    return compiled(
        platform, prefix, prefix / "pause-static", prefix / "lib/libanchor.a", "-lunwind", "-pthread", "-lm"
    )


def compiled(platform, prefix, program, *libraries):
    easy = prefix / "lib/libanchor_easy.a"
    # Without optimization zig adds checks that need a newer musl.
    options = ["-std=c99", "-O1", f"-I{prefix}/include"]
    output([*platform.compiler(True), *options, SOURCE, "-o", program, easy, *libraries])
    return program
