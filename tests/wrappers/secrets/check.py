#!/usr/bin/env python3
"""Fails if the output of the library, a wrapper or the command contains a secret.

    python3 tests/wrappers/secrets/check.py FOLDER

FOLDER holds the programs talk-c, talk-cpp, talk-go and the command anchor. Each of them and talk.py
meets every fault of the sandbox, servers and proxies that echo the key in their answers in every form,
untrusted certificates, settings that are refused, and a caller that passes the key as an id, in a path
and in a file's name. The talk programs print everything that is reported to
them. Then they crash, so that their runtimes print what they know too.

The API key, the proxy's password, a header's value and a request's body are random texts. None of
them may be in the output, in any encoding.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from typing import NamedTuple

import echo
from secret import FORMS, Secret, encodings

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import with_sandbox  # noqa: E402

DEADLINE_SECONDS = 300
KEY = Secret("API key", "sk-")
PASSWORD = Secret("proxy password")
HEADER = Secret("header value")
BODY = Secret("request body")
SECRETS = (KEY, PASSWORD, HEADER, BODY)
ECHO_SESSIONS = (
    "echo-200",
    "echo-401",
    "echo-escaped",
    "echo-page",
    "echo-302",
    *(f"echo-as-{form}" for form in FORMS),
)


class Case(NamedTuple):
    """The settings and the sessions that each program is run with."""

    name: str
    base_url: str
    sessions: tuple
    ca_file: str = ""
    proxy: str = ""
    key: str = KEY.text
    #: The file of downloads, if it is not one for each program.
    file: str = ""
    #: Whether the library refuses the settings, so that no call is made.
    is_refused: bool = False
    #: Whether the program itself passes a secret, so that its own variables hold it.
    is_mistake: bool = False


class Run(NamedTuple):
    """A program that has ended: its exit code, its output and the sessions that it called."""

    name: str
    code: int
    output: str
    sessions: int


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"secrets: not done within {DEADLINE_SECONDS} s"))
    signal.alarm(DEADLINE_SECONDS)
    # A core file holds the whole memory, but is not output.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with_sandbox.KEY = KEY.text
    prove_that_leaks_are_found()
    with contextlib.ExitStack() as cleanup:
        environment = with_sandbox.environment(cleanup) | {
            "ANCHORBROWSER_CUSTOM_HEADERS": f"Authorization: Bearer {HEADER.text}",
            "GOTRACEBACK": "all",
            "PYTHONPATH": str(ROOT / "bindings/python/src"),
            "RUST_BACKTRACE": "1",
            "TALK_BODY": json.dumps({"password": BODY.text}),
        }
        work = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        cases = list(all_cases(environment, work, cleanup.enter_context(echo.echo_server())))
        jobs = [job for case in cases for job in jobs_of(folder, case, work)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(lambda job: run(environment, *job), jobs))
        requests = pathlib.Path(environment["SANDBOX_LOG"]).read_text(encoding="utf-8")
    faults = [fault for each in runs for fault in faults_of(each)]
    if requests.count('"valid"') < 100:
        faults.append("the sandbox has received the key fewer than 100 times")
    for fault in faults:
        print(fault, file=sys.stderr)
    size = sum(len(each.output) for each in runs) / 1e6
    print(
        f"{len(cases)} cases, {len(runs)} runs, {size:.1f} MB of output, {len(SECRETS)} secrets, {len(faults)} faults"
    )
    return 1 if faults else 0


def all_cases(environment, work, echo_address):
    sandbox, tls, ca_file = (environment[name] for name in ("SANDBOX_URL", "SANDBOX_TLS_URL", "SANDBOX_CA"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{sandbox}/sandbox/faults", timeout=20) as answer:
        listed = json.load(answer)
    faults = tuple(fault if isinstance(fault, str) else fault["name"] for fault in listed)
    private_key = work / "private-key"
    private_key.write_text(f"-----BEGIN PRIVATE KEY----\n{PASSWORD.text}\n", encoding="utf-8")
    credentials = f"someone:{urllib.request.quote(PASSWORD.text, safe='')}"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refusing = f"127.0.0.1:{closed.getsockname()[1]}"
    yield Case("faults", sandbox, (*faults, "abc", "no-such-session", "."))
    yield Case("TLS", tls, ("abc", "401", "close", "reset", "truncated", "html"), ca_file)
    yield Case("untrusted certificate", tls, ("abc",))
    yield Case("no server", f"http://{refusing}", ("abc",))
    yield Case("echo", f"http://{echo_address}", ECHO_SESSIONS)
    forms = tuple(write(KEY.text) for write in FORMS.values())
    file = f"/missing/{urllib.request.quote(KEY.text, safe='')}.mp4"
    yield Case("key as session", sandbox, forms, file=file, is_mistake=True)
    yield Case("key in session", f"http://{refusing}", tuple(f"x {it}" for it in forms), file=file, is_mistake=True)
    yield Case("no proxy", "http://api.example", ("abc",), proxy=f"http://{credentials}@{refusing}")
    yield Case("echoing proxy", "http://api.example", ECHO_SESSIONS, proxy=f"http://{credentials}@{echo_address}")
    yield Case("refusing proxy", "https://api.example", ("abc",), ca_file, f"http://{credentials}@{echo_address}")
    yield Case("SOCKS proxy", "http://api.example", ("abc",), proxy=f"socks5h://{credentials}@{refusing}")
    # The library refuses the settings of all cases from here on.
    yield Case("unknown proxy", sandbox, ("abc",), proxy=f"socks6://{credentials}@{refusing}", is_refused=True)
    two_ats = f"http://someone:a@{PASSWORD.text}@{refusing}"
    yield Case("proxy with two @", sandbox, ("abc",), proxy=two_ats, is_refused=True)
    yield Case("user in base URL", f"http://{credentials}@{refusing}", ("abc",), is_refused=True)
    yield Case("user after three slashes", f"http:///{credentials}@{refusing}:99999", ("abc",), is_refused=True)
    yield Case("key with a newline", sandbox, ("abc",), key=f"{KEY.text}\n", is_refused=True)
    yield Case("key with a blank", sandbox, ("abc",), key=f"{KEY.text} x", is_refused=True)
    yield Case("key in CA file", sandbox, ("abc",), ca_file=file, is_refused=True)
    yield Case("private key as CA file", sandbox, ("abc",), ca_file=str(private_key), is_refused=True)


def jobs_of(folder, case, work):
    """Yields the name, command, environment changes and number of called sessions of each run."""
    changes = {"ANCHORBROWSER_BASE_URL": case.base_url, "ANCHORBROWSER_API_KEY": case.key}
    changes |= {"TALK_WITHOUT_VARIABLES": "1"} if case.is_mistake else {}
    programs = {
        "C": [folder / "talk-c"],
        "C++": [folder / "talk-cpp"],
        "Go": [folder / "talk-go"],
        "Python": [sys.executable, "-X", "dev", ROOT / "tests/wrappers/secrets/talk.py"],
    }
    sessions = 0 if case.is_refused or case.is_mistake else len(case.sessions)
    for language, program in programs.items():
        file = case.file or work / f"{language}-{case.name}.mp4"
        command = [*program, case.ca_file, case.proxy, file, *case.sessions]
        yield (f"{language}, {case.name}", command, changes, sessions)
    options = ["--timeout", "0.3", "--max-retries", "1"]
    options += ["--ca-file", case.ca_file] if case.ca_file else []
    # In an argument, the proxy's password would be visible to other users of the machine.
    changes = changes | ({"HTTPS_PROXY": case.proxy, "HTTP_PROXY": case.proxy} if case.proxy else {})
    for session in case.sessions:
        resume = ["request", "POST", f"/v1/sessions/{session}/recordings/resume", json.dumps({"password": BODY.text})]
        download = ["download", session, case.file or work / f"command-{case.name}.mp4"]
        for action in (["pause", session], ["list", session], download, resume):
            for output_options in ([], ["--json"]):
                name = f"command, {case.name}, {action[0]} {session}"
                yield (name, [folder / "anchor", *options, *output_options, *action], changes, 0)


def run(environment, name, command, changes, sessions):
    """Runs a program until it ends or crashes."""
    done = subprocess.run(
        command,
        env=environment | changes,
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    return Run(name, done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"), sessions)


def faults_of(run):
    """Yields the faults of a run: secrets in its output, or expected output that is missing."""
    yield from (f"{run.name}: the output contains the {secret.name}" for secret in SECRETS if secret.is_in(run.output))
    if not run.name.startswith("command") and run.code not in (-signal.SIGABRT, 1, 2):
        yield f"{run.name}: did not crash but ended with {run.code}: {run.output[-400:]}"
    if not run.output and run.code != 0:
        yield f"{run.name}: printed nothing"
    log_lines = run.output.count("log: ") + run.output.count("level=")
    if run.output.count("request: ") < run.sessions or log_lines < 3 * run.sessions:
        yield f"{run.name}: did not report the calls of {run.sessions} sessions: {run.output[-400:]}"


def prove_that_leaks_are_found():
    """A program that prints a secret in any encoding must be caught."""
    for secret in SECRETS:
        for encoding in encodings(secret.text):
            command = [sys.executable, "-c", "import sys; sys.exit(sys.argv[1])", encoding]
            if not list(faults_of(run(dict(os.environ), "a leak", command, {}, 0))):
                sys.exit(f"secrets: does not find {encoding!r}")


if __name__ == "__main__":
    sys.exit(main())
