"""Servers on loopback that answer like the API: nginx, over HTTP, TLS and HTTP/2, and a slow one."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ANSWER = '{"data":{"data":{"status":"paused"}}}'
CONFIGURATION = """
worker_processes 1;
pid nginx.pid;
daemon off;
error_log error.log;
events {{ worker_connections 20000; }}
worker_rlimit_nofile 20000;
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols TLSv1.3;
    default_type application/json;
    server {{ listen 127.0.0.1:{plain} backlog=8192; location / {{ return 200 '{answer}'; }} }}
    server {{ listen 127.0.0.1:{tls} ssl backlog=8192; location / {{ return 200 '{answer}'; }} }}
    # Fail the calls of a client that did not negotiate HTTP/2.
    server {{
        listen 127.0.0.1:{http2} ssl http2 backlog=8192;
        location / {{ if ($http2 != h2) {{ return 400; }} return 200 '{answer}'; }}
    }}
}}
"""
SLOW = Path(__file__).resolve().parent / "programs/slow_server.py"
NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
CERTIFICATES = [
    f"req -x509 {NEW_KEY} -days 2 -subj /CN=benchmark -keyout ca.key -out ca.pem",
    f"req {NEW_KEY} -subj /CN=127.0.0.1 -keyout server.key -out server.csr",
    "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
]


class Server:
    def __init__(self, folder: Path, plain: int, tls: int, http2: int) -> None:
        self.plain = f"http://127.0.0.1:{plain}"
        self.tls, self.http2 = f"https://127.0.0.1:{tls}", f"https://127.0.0.1:{http2}"
        self.ca_file = str(folder / "ca.pem")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                sys.exit("nginx does not answer: run `nginx -t` to see why")
            time.sleep(0.05)


@contextlib.contextmanager
def running() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="anchor-bench-") as name:
        folder, ports = Path(name), {each: free_port() for each in ("plain", "tls", "http2")}
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        for arguments in CERTIFICATES:
            subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
        (folder / "nginx.conf").write_text(CONFIGURATION.format(**ports, answer=ANSWER))
        command = ["nginx", "-p", name, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
            try:
                wait_for(ports["plain"])
                yield Server(folder, **ports)
            finally:
                server.terminate()


@contextlib.contextmanager
def slow() -> Iterator[str]:
    """The URL of a server that answers each call after a second."""
    with subprocess.Popen([sys.executable, SLOW, ANSWER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()
