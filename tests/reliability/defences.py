#!/usr/bin/env python3
"""Removes one defence at a time from a copy of the sources, and expects a test to fail.

    python3 tests/reliability/defences.py [WORDS...]

`cargo mutants` changes the expressions of the code that decides. The defences below are out of its
reach: flags, constants, guards, and calls that differ from an obvious one by a single word.

A test proves nothing if it also passes without its defence, or if it fails with it. So each test
must pass with all defences first. Then each changed copy must compile, and its test must fail.

Arguments select the defences whose names contain these words. Without arguments all of them run,
which takes ten minutes, and docs/RELIABILITY.md gets their table.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import page

COPY = page.ROOT / "build/defences"
# Generous, because the first build includes all dependencies.
DEADLINE_S = 1800
# Link-time optimization takes most of a build, and no defence depends on it.
QUICK_BUILD = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
# Settings for the original sources, for example from a `make` that runs this script.
NOT_FOR_THE_COPY = ("ANCHOR", "CARGO_TARGET", "CGO_LDFLAGS", "MAKE", "MFLAGS")


@dataclass(frozen=True)
class Defence:
    name: str
    file: str
    #: The defence, which occurs in the file exactly once.
    text: str
    #: The text that replaces it.
    without: str
    #: Shell commands, run in the root of the copy.
    build: str
    test: str


def host(name):
    """A program of tests/hosts."""
    return f"make --quiet lib sandbox build/hosts/{name}", f"python3 tests/hosts/run.py {name}"


def abi(test):
    """A test of tests/abi."""
    build = "cargo build --quiet --locked --example sandbox && cargo test --quiet --locked --test abi --no-run"
    return build, f"cargo test --quiet --locked --test abi -- {test}"


# Without link-time optimization a call takes a little more of the caller's stack than the 16 KB of
# tests/hosts/run.py.
SMALL_STACK = host("stack")[0], "python3 tools/with_sandbox.py -- build/hosts/stack 80 24"

DEFENCES = [
    Defence(
        "a page that the kernel wipes in forked children",
        "src/sys/fork.rs",
        "PAGE_BYTES, libc::MADV_WIPEONFORK",
        "PAGE_BYTES, libc::MADV_NORMAL",
        *host("fork"),
    ),
    Defence(
        "cancellation of threads deferred during a call",
        "src/ffi/boundary.rs",
        "let _cancellation = CancellationOff::new();",
        "",
        *host("cancel"),
    ),
    Defence(
        "panics caught at the boundary",
        "src/sys/panics.rs",
        "panic::catch_unwind(AssertUnwindSafe(body))",
        "Ok::<T, Box<dyn Any + Send>>(body())",
        *host("limits"),
    ),
    Defence(
        "writes of single buffers, which raise no SIGPIPE",
        "src/transport/socket.rs",
        "poll_write(context, bytes)",
        "poll_write_vectored(context, &[io::IoSlice::new(bytes)])",
        *host("sigpipe"),
    ),
    Defence(
        "SIGXFSZ blocked during a download",
        "src/sys/signal_mask.rs",
        "libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ);",
        "",
        *host("download"),
    ),
    Defence(
        "signals blocked on the library's threads",
        "src/sys/signal_mask.rs",
        "libc::sigfillset(all.as_mut_ptr());",
        "libc::sigemptyset(all.as_mut_ptr());",
        *host("resolver"),
    ),
    Defence(
        "a runtime that closes without waiting for a host name",
        "src/transport/pool.rs",
        "runtime.shutdown_background();",
        "drop(runtime);",
        *host("resolver"),
    ),
    Defence(
        "an environment that is read once",
        "src/config/environment.rs",
        "ENVIRONMENT.get_or_init(|| Box::new(read()))",
        "ENVIRONMENT.get_or_init(|| Box::new(read()));\n    Box::leak(Box::new(read()))",
        *host("setenv"),
    ),
    Defence(
        "a temporary stack if the caller's is small",
        "src/sys/stack.rs",
        "stacker::grow(TEMPORARY_BYTES, work)",
        "work()",
        *SMALL_STACK,
    ),
    Defence(
        "the state of a call on the heap",
        "src/exchange/attempts.rs",
        "Box::pin(self.send_until_answered(http))",
        "self.send_until_answered(http)",
        *SMALL_STACK,
    ),
    Defence(
        "a library that dlclose does not unload (-z nodelete)",
        "build.rs",
        "-Wl,-z,nodelete",
        "-Wl,-z,now",
        *host("unload"),
    ),
    Defence(
        "weak symbols that the host cannot define (-z nodynamic-undefined-weak)",
        "build.rs",
        "-Wl,-z,nodynamic-undefined-weak",
        "-Wl,-z,now",
        *host("symbols"),
    ),
    Defence(
        "partial downloads opened without following links (O_NOFOLLOW)",
        "src/sys/files.rs",
        "libc::O_NOFOLLOW | libc::O_NONBLOCK",
        "libc::O_NONBLOCK",
        *abi("a_symbolic_link_in_place_of_a_part_is_not_followed"),
    ),
    Defence(
        "one deadline for all the work of a call",
        "src/call/object.rs",
        "timeout_at(deadline, work)",
        "timeout_at(deadline + Duration::from_secs(5), work)",
        *abi("deadline::"),
    ),
    Defence(
        "a resume that waits for pauses in flight",
        "src/exchange/pause_count.rs",
        "let _exclusive = entry.session.order.write().await;",
        "",
        *abi("a_resume_waits_for_a_pause_in_flight"),
    ),
]


def main():
    words = sys.argv[1:]
    defences = [defence for defence in DEFENCES if all(word in defence.name for word in words)]
    check_texts(defences)
    copy_sources()
    for build, test in dict.fromkeys((defence.build, defence.test) for defence in defences):
        if run(build) != 0 or run(test) != 0:
            sys.exit(f"{test} fails with all defences")
        print(f"passes with all defences: {test}", flush=True)
    unnoticed = [defence.name for defence in defences if not is_noticed(defence)]
    print(f"{len(defences)} defences removed, {len(unnoticed)} of them unnoticed {unnoticed or ''}")
    if not words and not unnoticed:
        rows = [page.row(defence.name, f"`{defence.file}`", f"`{defence.test}`") for defence in defences]
        page.put("defences", page.header("defence", "file", "test that fails without it") + "".join(rows))
    sys.exit(1 if unnoticed or not defences else 0)


def check_texts(defences):
    """If the code has changed, the row of its defence must follow."""
    for defence in defences:
        count = (page.ROOT / defence.file).read_text(encoding="utf-8").count(defence.text)
        if count != 1:
            sys.exit(f"{defence.file} contains {defence.text!r} {count} times, not once")


def copy_sources():
    """Copies the files that git tracks. Unchanged ones keep their times, so little is rebuilt."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=page.ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = page.ROOT / name, COPY / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


def is_noticed(defence):
    """Whether the test fails without the defence."""
    begun = time.monotonic()
    path = COPY / defence.file
    path.write_text(path.read_text(encoding="utf-8").replace(defence.text, defence.without), encoding="utf-8")
    if run(defence.build) != 0:
        sys.exit(f"the copy without {defence.name} does not compile")
    code = run(defence.test)
    copy_sources()
    print(f"removed {defence.name}: exit code {code} after {time.monotonic() - begun:.0f} s", flush=True)
    return code != 0


def run(command):
    """Runs a command in the copy and returns its exit code."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_THE_COPY)}
    environment |= QUICK_BUILD | {"CARGO_TARGET_DIR": str(COPY / "target")}
    process = subprocess.Popen(
        command, shell=True, cwd=COPY, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"{command} did not end within {DEADLINE_S} s")
    finally:
        if process.poll() is None:
            # tools/with_sandbox.py then ends the sandboxes.
            os.killpg(process.pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
