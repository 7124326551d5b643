#!/usr/bin/env python3
"""Checks the Go package in another module, with a copy of its folder and an installed libanchor.

    PYTHONPATH=tests/release/install python3 tools/with_sandbox.py -- python3 tests/release/install/go/check.py

PKG_CONFIG_PATH can name the installation. By default `make install` makes one.
"""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import outside
import support

MODULE = "github.com/libanchor/libanchor/bindings/go"
BUILD_S = 300
# Nothing is downloaded, because the package has no dependencies.
GO = {"GOPROXY": "off", "GOWORK": "off", "GOFLAGS": "-buildvcs=false", "CGO_ENABLED": "1"}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "some where"
        service = make_modules(folder)
        described = os.environ.get("PKG_CONFIG_PATH") or install(folder / "prefix")
        environment = GO | {"PKG_CONFIG_PATH": described}
        libraries = variable("libdir", folder, environment)
        for tags, needs, path in (("", True, libraries), ("anchor_static", False, "")):
            program = folder / f"built {tags}"
            outside.run(["go", "build", "-tags", tags, "-o", program, "."], service, BUILD_S, **environment)
            if ("libanchor" in needed(program)) != needs:
                sys.exit(f"built with the tags {tags!r}, it needs {needed(program)}")
            check_service(program, path)
            print(
                f"a service in another module, with the tags {tags!r}: paused, resumed and reported a missing session"
            )
        check_without_cgo(service)
    print("without cgo the compiler reports what is missing")


def make_modules(folder):
    """Copies the package and a service that uses it. Returns the folder of the service."""
    shutil.copytree(outside.ROOT / "bindings/go", folder / "libanchor")
    service = shutil.copytree(pathlib.Path(__file__).with_name("service"), folder / "service")
    outside.run(["go", "mod", "init", "example.com/service"], service, **GO)
    edits = [f"-require={MODULE}@v0.0.0", f"-replace={MODULE}=../libanchor"]
    outside.run(["go", "mod", "edit", *edits], service, **GO)
    return service


def install(prefix):
    support.make("install", PREFIX=prefix)
    return str(prefix / "lib/pkgconfig")


def variable(name, folder, environment):
    # pkg-config escapes the space in the path for a shell.
    return "".join(shlex.split(outside.run(["pkg-config", f"--variable={name}", "anchor"], folder, **environment)))


def needed(program):
    """The shared libraries that a program needs."""
    lines = subprocess.run(["readelf", "--dynamic", program], check=True, capture_output=True, text=True).stdout
    return " ".join(re.findall(r"\(NEEDED\).*\[(.*)\]", lines))


def check_service(program, library_path):
    with running(program, library_path) as url:
        before = len(logged())
        answer, asked = ask(url, "abc"), logged()[before:]
        if answer != (200, "logged in\n") or len(asked) != 2 or "/pause" not in asked[0] or "/resume" not in asked[1]:
            sys.exit(f"{program}: {answer}, and the sandbox was asked: {asked}")
        status, told = ask(url, "404")
        if status != 404 or not told.startswith("anchor: 404 the session was not found"):
            sys.exit(f"{program}: {status} {told}")


def logged():
    return pathlib.Path(os.environ["SANDBOX_LOG"]).read_text().splitlines()


@contextlib.contextmanager
def running(program, library_path):
    """Starts the service. Gives its address. The service ends when its standard input closes."""
    environment = outside.environment(LD_LIBRARY_PATH=library_path)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([program], env=environment, text=True, **pipes) as process:
        try:
            url, _, _version = process.stdout.readline().partition(" ")
            yield url
        finally:
            process.stdin.close()
            process.wait(timeout=outside.DEADLINE_S)


def ask(url, session):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/login/{session}", data=b"", timeout=outside.DEADLINE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def check_without_cgo(service):
    environment = os.environ | GO | {"CGO_ENABLED": "0"}
    done = subprocess.run(["go", "build", "."], cwd=service, env=environment, capture_output=True, text=True)
    told = done.stderr.splitlines()
    if done.returncode == 0 or len(told) > 2 or "anchor_needs_cgo_so_set_CGO_ENABLED_to_1" not in done.stderr:
        sys.exit(f"without cgo: {done.stderr}")


if __name__ == "__main__":
    main()
