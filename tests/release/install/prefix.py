"""Checks the files of `make install`, and that `make uninstall` removes them."""

import os
import shutil
import sys

from support import ROOT, Failure, check, files, folder, make, run

OF_THE_C_LIBRARY = {"__cxa_thread_atexit_impl", "__dso_handle", "getrandom", "gettid", "statx"}


def installed_files():
    """The libraries have the right names, versions and exports."""
    with folder() as work:
        prefix = work / "pre fix"
        make("install", PREFIX=prefix)
        library = prefix / "lib/libanchor.so"
        run([sys.executable, ROOT / "tests/release/check_library.py", library, prefix / "include/anchor.h"], work)
        check("[libanchor.so.0]" in run(["readelf", "--dynamic", library], work), "the SONAME is not libanchor.so.0")
        version = library.resolve().name.removeprefix("libanchor.so.")
        check(f'\nversion = "{version}"\n' in (ROOT / "Cargo.toml").read_text(), f"{version} is not Cargo.toml's")
        told = run([prefix / "bin/anchor", "--version"], work)
        check(told == f"anchor {version}\n", f"the command says {told}")
        check((prefix / "lib/libanchor.so.0").resolve() == library.resolve(), "libanchor.so.0 is not the library")
        exports = symbols(library, "--dynamic", "--defined-only")
        check_archive(prefix / "lib/libanchor.a", exports)
        check_debian(exports)
        return f"{len(exports)} functions, {len(files(prefix))} files and folders"


def check_archive(archive, exports):
    given = symbols(archive, "--extern-only", "--defined-only")
    check(given == exports, f"the static and the shared library differ in {given ^ exports}")
    lines = [line.split() for line in run(["nm", "--undefined-only", archive], archive.parent).splitlines()]
    weak = {line[1] for line in lines if line[:1] in (["w"], ["v"])}
    extra = {name for name in weak - OF_THE_C_LIBRARY if not name.startswith("libanchor_absent_")}
    check(not extra, f"the static library calls these if the program defines them: {extra}")


def check_debian(exports):
    """The symbols file of the package lists every function."""
    lines = (ROOT / "packaging/debian/libanchor0.symbols").read_text().splitlines()
    listed = {line.split("@")[0].strip() for line in lines[1:]}
    check(listed == exports, f"packaging/debian/libanchor0.symbols: add or remove {listed ^ exports}")


def symbols(path, *options):
    lines = [line.split() for line in run(["nm", *options, path], path.parent).splitlines()]
    return {line[2].partition("@")[0] for line in lines if len(line) == 3}


def uninstall():
    """Nothing is left, also after a second installation and an upgrade. Other files stay."""
    with folder() as work:
        prefix = work / "pre fix"
        (prefix / "lib").mkdir(parents=True)
        (prefix / "lib/other.so").write_text("not ours")
        before = files(prefix)
        make("install", PREFIX=prefix)
        first = files(prefix)
        make("install", PREFIX=prefix)
        check(files(prefix) == first, "a second install changes something")
        older = prefix / "lib/libanchor.so.0.0.9"
        older.write_text("an older version's")
        with (prefix / "share/libanchor/installed").open("a") as installed:
            installed.write(f"{older}\n")
        make("install", PREFIX=prefix)
        check(files(prefix) == first, f"an upgrade leaves {files(prefix).keys() ^ first.keys()}")
        make("uninstall", PREFIX=prefix)
        check(files(prefix) == before, f"uninstall leaves or takes {files(prefix).keys() ^ before.keys()}")
        try:
            make("uninstall", PREFIX=prefix)
        except Failure as failure:
            check("is not installed" in str(failure), f"the message is {failure}")
        else:
            raise Failure("a second uninstall succeeded")
        return "nothing is left"


def two_prefixes():
    """Two installations do not depend on each other."""
    with folder() as work:
        for name in ("one", "two"):
            make("install", PREFIX=work / name)
        two = files(work / "two")
        make("uninstall", PREFIX=work / "one")
        check(not (work / "one").exists(), "the first is not gone")
        check(files(work / "two") == two, "the second changed")
        return "both complete"


def staged():
    """Everything is installed below DESTDIR, and no installed file contains its path."""
    with folder() as work:
        destination = work / "stage"
        make("install", DESTDIR=destination, PREFIX="/usr", LIBDIR="/usr/lib/some-where")
        check({path.name for path in work.iterdir()} == {"stage"}, "a file is outside DESTDIR")
        check({path.name for path in destination.iterdir()} == {"usr"}, "a file is outside PREFIX")
        check((destination / "usr/lib/some-where/libanchor.so").exists(), "LIBDIR is ignored")
        for name, content in files(destination).items():
            check(not isinstance(content, bytes) or str(work).encode() not in content, f"{name} contains DESTDIR")
        make("uninstall", DESTDIR=destination, PREFIX="/usr", LIBDIR="/usr/lib/some-where")
        check(not files(destination), f"uninstall leaves {files(destination).keys()}")
        return "nothing outside"


def relative_prefix():
    """A relative PREFIX is refused, because the folder that make runs in is rarely meant."""
    try:
        make("install-lib", PREFIX="build/relative")
    except Failure as failure:
        check("build/relative is not an absolute path" in str(failure), f"the message is {failure}")
    else:
        raise Failure("it is accepted")
    check(not (ROOT / "build/relative").exists(), "files are installed")
    return "refused, nothing installed"


def man_pages():
    """The man pages of the functions are installed, where doxygen made them."""
    with folder() as work:
        make("install-lib", PREFIX=work)
        pages = {page.name for page in (work / "share/man/man3").glob("*")}
        check({"anchor_pause_recording.3", "anchor_easy_pause.3"} <= pages, f"there are only {pages}")
        heading = (work / "share/man/man3/anchor.h.3").read_text().partition("\n")[0]
        check('.TH "anchor.h" 3 "" ' in heading, f"the heading contains a date: {heading}")
        lines = (work / "share/man/man3/anchor.h.3").read_text().splitlines()
        lost = [line for line in lines if line.startswith("'")]
        check(not lost, f"groff takes these lines for macros: {lost}")
        (work / "bin").mkdir()
        for program in ("dirname", "sh"):
            (work / "bin" / program).symlink_to(shutil.which(program))
        (work / "docs").mkdir()
        shutil.copy(ROOT / "docs/man3.sh", work / "docs")
        said = run(["sh", work / "docs/man3.sh"], work, PATH=work / "bin")
        check(said.count("\n") == 1 and "install doxygen" in said, f"without doxygen it says {said}")
        return f"{len(pages)} pages"


#: How each shell shows that it completes the command, after the lines of docs/pages/install.md.
COMPLETIONS = {
    "bash": ". ~/.local/share/bash-completion/completions/anchor; complete -p anchor",
    "zsh": "fpath=(~/.local/share/zsh/site-functions $fpath); autoload -U compinit; compinit -D; echo $_comps[anchor]",
    "fish": "source ~/.local/share/fish/vendor_completions.d/anchor.fish; complete --do-complete 'anchor pau'",
}


def home_folder():
    """In a prefix of one's own, PATH is enough for the command and its pages, and a line for completions."""
    with folder() as home:
        make("install", PREFIX=home / ".local")
        found = {"HOME": home, "PATH": f"{home / '.local/bin'}:{os.environ['PATH']}"}
        check("pause" in run(["anchor", "--help"], home, **found), "the command is not found")
        tried = ["the command"]
        if shutil.which("man"):
            for page in ("anchor", "anchor_pause_recording"):
                shown = run(["man", "--where", page], home, **found)
                check(str(home) in shown, f"man {page} shows {shown}")
            tried.append("man")
        for shell, line in COMPLETIONS.items():
            if shutil.which(shell):
                shown = run([shell, "-c", line], home, **found)
                check("anchor" in shown or "pause" in shown, f"{shell} completes nothing: {shown}")
                tried.append(shell)
        return ", ".join(tried)


CHECKS = (installed_files, uninstall, two_prefixes, staged, relative_prefix, man_pages, home_folder)
