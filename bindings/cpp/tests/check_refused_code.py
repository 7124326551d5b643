#!/usr/bin/env python3
"""Checks what the wrapper rejects at compile time: bodies of while_paused, and other mistakes.

    python3 bindings/cpp/tests/check_refused_code.py [--flags FLAGS] COMPILER...

Each compiler compiles refused_bodies.cpp in C++17 and C++20, with and without exceptions. Without a
macro it must compile. With -DREFUSED=NAME it must fail with the message of body.hpp, for each name
in its namespaces `refused` and `refused_coroutines`. The second namespace is skipped if the compiler
has no coroutines. The other mistakes are in the table MISTAKES.
"""

import argparse
import concurrent.futures
import itertools
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "refused_bodies.cpp"
MESSAGE = "the body of while_paused returns before its work is done"
STANDARDS = ("c++17", "c++20")
MODES = ((), ("-fno-exceptions", "-fno-rtti"))
WITHOUT_EXCEPTIONS = ("-std=c++17", "-fno-exceptions", "-fno-rtti")
GUARD = 'void hold(const anchor::client &client) { anchor::paused_recording guard(client, "id"); }'
QUEUE = "void begin(anchor::queue &queue) { queue.begin([](anchor::call &) {}, nullptr); }"
#: Flags, code, and what the compiler says about it.
MISTAKES = (
    (("-std=c++14",), "", "anchor.hpp needs C++17"),
    (WITHOUT_EXCEPTIONS, "anchor::client client;", "use anchor::client::try_make"),
    (WITHOUT_EXCEPTIONS, GUARD, "use try_make"),
    (("-std=c++17",), QUEUE, "return the outcome of the client's function"),
)
#: Fewer names would mean that the pattern does not find them.
FEWEST_NAMES = 20
DEADLINE_S = 120


def main():
    parser = argparse.ArgumentParser(description="Checks what the wrapper rejects at compile time.")
    parser.add_argument("--flags", default="", help="flags for every compilation")
    parser.add_argument("compilers", nargs="+", metavar="COMPILER")
    arguments = parser.parse_args()
    flags = shlex.split(arguments.flags)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [
            failure
            for compiler, standard, mode in itertools.product(arguments.compilers, STANDARDS, MODES)
            for failure in check([compiler, f"-std={standard}", *mode], flags, pool)
        ]
    for compiler in arguments.compilers:
        failures += [failure for mistake in MISTAKES for failure in check_mistake(compiler, flags, *mistake)]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def check(compiler, flags, pool):
    """Returns the failures of one compiler, and prints how many bodies it rejected."""
    command = [*compiler, *flags]
    names = names_in("refused")
    if has_coroutines(command):
        names += names_in("refused_coroutines")
    failures = [] if len(names) >= FEWEST_NAMES else [f"only {len(names)} bodies were found: {names}"]
    done = run([*command, "-fsyntax-only", str(SOURCE)])
    if done.returncode != 0:
        failures.append(f"{shlex.join(command)}: a body was rejected that must compile\n{done.stderr}")
    with tempfile.TemporaryDirectory() as folder:
        prefix = precompiled(command, pathlib.Path(folder))
        build = [*command, "-include", prefix, "-fsyntax-only", str(SOURCE)]
        results = list(pool.map(lambda name: run([*build, f"-DREFUSED={name}"]), names))
    refused = [was_refused(result) for result in results]
    failures += [
        f"{shlex.join(command)}: {name} was not rejected\n{result.stderr}"
        for name, result, yes in zip(names, results, refused, strict=True)
        if not yes
    ]
    print(f"{shlex.join(compiler)}: {sum(refused)} of {len(names)} bodies rejected")
    return failures


def check_mistake(compiler, flags, more_flags, code, message):
    """Returns the failure, if the code compiles or the compiler does not show the message."""
    command = [compiler, *flags, *more_flags, "-fsyntax-only", "-x", "c++", "-"]
    done = run(command, code=f'#include "anchor.hpp"\n{code}\n')
    is_explained = done.returncode != 0 and message in done.stderr
    return [] if is_explained else [f"{shlex.join(command)}: {code}: not {message!r}\n{done.stderr}"]


def was_refused(result):
    """Whether an error has the message of body.hpp, and not only a quoted line of the source."""
    errors = [line for line in result.stderr.splitlines() if ": error: " in line]
    return result.returncode != 0 and any("assert" in line and MESSAGE in line for line in errors)


def names_in(namespace):
    source = SOURCE.read_text(encoding="utf-8")
    [inside] = re.findall(rf"^namespace {namespace} {{\n(.*?)^}}", source, re.MULTILINE | re.DOTALL)
    return re.findall(r"^using (\w+) = ", inside, re.MULTILINE)


def has_coroutines(command):
    macros = run([*command, "-x", "c++", "-dM", "-E", os.devnull]).stdout
    return "__cpp_impl_coroutine" in macros


def precompiled(command, folder):
    """Precompiles the headers of the source, which take most of the time."""
    prefix = folder / "prefix.hpp"
    headers, _namespace, _rest = SOURCE.read_text(encoding="utf-8").partition("\nnamespace ")
    prefix.write_text(headers, encoding="utf-8")
    run([*command, "-x", "c++-header", str(prefix), "-o", f"{prefix}.gch"]).check_returncode()
    return str(prefix)


def run(command, code=""):
    environment = os.environ | {"LC_ALL": "C"}
    return subprocess.run(command, input=code, capture_output=True, text=True, timeout=DEADLINE_S, env=environment)


if __name__ == "__main__":
    sys.exit(main())
