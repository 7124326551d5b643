"""TLS certificates, proxies and base URLs with a path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import child
import pytest
from conftest import MakeClient, StartSandbox
from fake_server import serving
from libanchor import APIConnectionError


@pytest.mark.parametrize("kind", [str, Path])
def test_a_server_of_a_trusted_ca_is_accepted(
    start_sandbox: StartSandbox, make_client: MakeClient, kind: Callable[[str], str | Path]
) -> None:
    server = start_sandbox("--tls", "--session", "demo")
    client = make_client(server, ca_file=kind(server.ca_file))
    assert client.recordings.pause_recording("demo").data.data.status == "paused"
    (request,) = server.requests()
    assert (request["http"], request["headers"]["anchor-api-key"]) == ("2", "valid")


@pytest.mark.parametrize("trusted", ["none", "another"])
def test_a_server_of_an_unknown_ca_is_refused(
    start_sandbox: StartSandbox, make_client: MakeClient, trusted: str
) -> None:
    server = start_sandbox("--tls", "--session", "demo")
    ca_file = start_sandbox("--tls").ca_file if trusted == "another" else None
    with pytest.raises(APIConnectionError, match="nothing was sent") as caught:
        make_client(server, ca_file=ca_file).recordings.pause_recording("demo")
    assert type(caught.value) is APIConnectionError
    assert (caught.value.status, caught.value.attempts) == (4, 1)
    assert server.requests() == []


def test_other_threads_run_while_a_ca_file_is_read(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """A pipe is refused, or read until its writer closes it: here another thread of the program."""
    program = """
        import os, sys, threading, time
        import libanchor
        def write():
            deadline = time.monotonic() + 2
            while time.monotonic() < deadline:
                try:
                    os.close(os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK))
                except OSError:
                    time.sleep(0.01)
        threading.Thread(target=write, daemon=True).start()
        try:
            libanchor.Anchorbrowser(ca_file=sys.argv[1])
        except libanchor.InvalidArgumentError as error:
            print("ca_file" in str(error))
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = child.run(program, start_sandbox(), str(pipe))
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_a_proxy_is_used(make_client: MakeClient) -> None:
    with serving() as proxy:
        client = make_client("http://api.invalid", proxy=proxy.url)
        assert client.recordings.pause_recording("demo").data.data.status == "paused"
    assert proxy.paths == ["http://api.invalid/v1/sessions/demo/recordings/pause"]


def test_the_path_of_the_base_url_is_kept(make_client: MakeClient) -> None:
    with serving() as server:
        make_client(f"{server.url}/prefix/", proxy="").recordings.pause_recording("demo")
    assert server.paths == ["/prefix/v1/sessions/demo/recordings/pause"]
