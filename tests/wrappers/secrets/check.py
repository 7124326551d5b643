#!/usr/bin/env python3
"""Fails if any output of the library, a wrapper or the command contains a secret.

    python3 tests/wrappers/secrets/check.py FOLDER

FOLDER contains the programs talk-c, talk-cpp, talk-go and the command anchor. These programs and
talk.py run against every fault of the sandbox, servers and proxies that echo the key, untrusted
certificates and rejected settings. They print everything that the library returns, and then crash,
so that their runtimes print tracebacks and dumps. The key, the proxy's password, the value of a
header and the body of a request are random texts. None of them may appear in the output, in any
encoding.
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
from secret import Secret, forms

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import with_sandbox  # noqa: E402

DEADLINE_S = 300
KEY = Secret("API key", "sk-")
PASSWORD = Secret("proxy password")
HEADER = Secret("header value")
BODY = Secret("request body")
SECRETS = (KEY, PASSWORD, HEADER, BODY)
ECHOES = ("echo-200", "echo-401", "echo-escaped", "echo-page", "echo-302")


class Case(NamedTuple):
    """The conditions of one run."""

    name: str
    base_url: str
    sessions: tuple
    trust: str = ""
    proxy: str = ""
    key: str = KEY.text
    refused: bool = False


class Run(NamedTuple):
    """The result of one run."""

    name: str
    code: int
    output: str
    calls: int


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"secrets: did not end within {DEADLINE_S} s"))
    signal.alarm(DEADLINE_S)
    # A core dump contains everything, but is not output.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with_sandbox.KEY = KEY.text
    prove_that_a_leak_is_found()
    with contextlib.ExitStack() as cleanup:
        environment = with_sandbox.environment(cleanup) | {
            "ANCHORBROWSER_CUSTOM_HEADERS": f"Authorization: Bearer {HEADER.text}",
            "GOTRACEBACK": "all",
            "PYTHONPATH": str(ROOT / "bindings/python/src"),
            "RUST_BACKTRACE": "1",
            "TALK_BODY": json.dumps({"password": BODY.text}),
        }
        temporary = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        cases = list(all_cases(environment, temporary, cleanup.enter_context(echo.echoing())))
        work = [job for case in cases for job in jobs(folder, case, temporary)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            runs = list(pool.map(lambda job: run(environment, *job), work))
        requests = pathlib.Path(environment["SANDBOX_LOG"]).read_text(encoding="utf-8")
    faults = [fault for each in runs for fault in faults_of(each)]
    if requests.count('"valid"') < 100:
        faults.append("the sandbox has received the key less than 100 times")
    for fault in faults:
        print(fault, file=sys.stderr)
    size = sum(len(each.output) for each in runs) / 1e6
    print(
        f"{len(cases)} cases, {len(runs)} runs, {size:.1f} MB of output, {len(SECRETS)} secrets, {len(faults)} faults"
    )
    return 1 if faults else 0


def all_cases(environment, temporary, echo_address):
    sandbox, tls, trust = (environment[name] for name in ("SANDBOX_URL", "SANDBOX_TLS_URL", "SANDBOX_CA"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{sandbox}/sandbox/faults", timeout=20) as answer:
        listed = json.load(answer)
    faults = tuple(fault if isinstance(fault, str) else fault["name"] for fault in listed)
    private_key = temporary / "private-key"
    private_key.write_text(f"-----BEGIN PRIVATE KEY----\n{PASSWORD.text}\n", encoding="utf-8")
    credentials = f"someone:{urllib.request.quote(PASSWORD.text, safe='')}"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    yield Case("faults", sandbox, (*faults, "abc", "no-such-session", "."))
    yield Case("TLS", tls, ("abc", "401", "close", "reset", "truncated", "html"), trust)
    yield Case("untrusted", tls, ("abc",))
    yield Case("nobody", f"http://{nobody}", ("abc",))
    yield Case("echo", f"http://{echo_address}", ECHOES)
    yield Case("no proxy", "http://api.example", ("abc",), proxy=f"http://{credentials}@{nobody}")
    yield Case("echoing proxy", "http://api.example", ECHOES, proxy=f"http://{credentials}@{echo_address}")
    yield Case("refusing proxy", "https://api.example", ("abc",), trust, f"http://{credentials}@{echo_address}")
    yield Case("wrong proxy", sandbox, ("abc",), proxy=f"socks5://{credentials}@{nobody}", refused=True)
    yield Case("proxy with two @", sandbox, ("abc",), proxy=f"http://someone:a@{PASSWORD.text}@{nobody}", refused=True)
    yield Case("user in base URL", f"http://{credentials}@{nobody}", ("abc",), refused=True)
    yield Case("user behind three slashes", f"http:///{credentials}@{nobody}:99999", ("abc",), refused=True)
    yield Case("key with a newline", sandbox, ("abc",), key=f"{KEY.text}\n", refused=True)
    yield Case("key with a blank", sandbox, ("abc",), key=f"{KEY.text} x", refused=True)
    yield Case("private key as trust", sandbox, ("abc",), trust=str(private_key), refused=True)


def jobs(folder, case, temporary):
    """The name, command, environment and number of requests of each run."""
    changes = {"ANCHORBROWSER_BASE_URL": case.base_url, "ANCHORBROWSER_API_KEY": case.key}
    programs = {
        "C": [folder / "talk-c"],
        "C++": [folder / "talk-cpp"],
        "Go": [folder / "talk-go"],
        "Python": [sys.executable, "-X", "dev", ROOT / "tests/wrappers/secrets/talk.py"],
    }
    calls = 0 if case.refused else len(case.sessions)
    for language, program in programs.items():
        file = temporary / f"{language}-{case.name}.mp4"
        yield (f"{language}, {case.name}", [*program, case.trust, case.proxy, file, *case.sessions], changes, calls)
    options = ["--timeout", "0.3", "--max-retries", "1"]
    options += ["--ca-file", case.trust] if case.trust else []
    # The environment hides the password from other users of the machine.
    changes = changes | ({"HTTPS_PROXY": case.proxy, "HTTP_PROXY": case.proxy} if case.proxy else {})
    for session in case.sessions:
        resume = ["request", "POST", f"/v1/sessions/{session}/recordings/resume", json.dumps({"password": BODY.text})]
        download = ["download", session, temporary / f"command-{case.name}.mp4"]
        for action in (["pause", session], ["list", session], download, resume):
            for json_too in ([], ["--json"]):
                name = f"command, {case.name}, {action[0]} {session}"
                yield (name, [folder / "anchor", *options, *json_too, *action], changes, 0)


def run(environment, name, command, changes, calls):
    """Runs a program until it ends or crashes."""
    done = subprocess.run(
        command,
        env=environment | changes,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return Run(name, done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"), calls)


def faults_of(done):
    """The faults of a run: a secret in its output, or missing output."""
    yield from (f"{done.name}: prints the {secret.name}" for secret in SECRETS if secret.is_in(done.output))
    if not done.name.startswith("command") and done.code not in (-signal.SIGABRT, 1, 2):
        yield f"{done.name}: did not crash but ended with {done.code}: {done.output[-400:]}"
    if not done.output and done.code != 0:
        yield f"{done.name}: printed nothing"
    logged = done.output.count("log: ") + done.output.count("level=")
    if done.output.count("request: ") < done.calls or logged < 4 * done.calls:
        yield f"{done.name}: did not report {done.calls} sessions: {done.output[-400:]}"


def prove_that_a_leak_is_found():
    """A program that prints a secret is noticed, in every encoding."""
    for secret in SECRETS:
        for form in forms(secret.text):
            told = run(
                dict(os.environ), "a leak", [sys.executable, "-c", "import sys; sys.exit(sys.argv[1])", form], {}, 0
            )
            if not list(faults_of(told)):
                sys.exit(f"secrets: did not notice {form!r}")


if __name__ == "__main__":
    sys.exit(main())
