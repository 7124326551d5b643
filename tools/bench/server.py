"""Servers on loopback that answer like the API: nginx, over HTTP, TLS and HTTP/2, and a slow one."""

import contextlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
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
    server {{
        listen 127.0.0.1:{seven} ssl http2 backlog=8192;
        keepalive_requests 7;
        location / {{ return 200 '{answer}'; }}
    }}
    server {{
        listen 127.0.0.1:{single} ssl;
        keepalive_requests 1;
        location / {{ return 200 '{answer}'; }}
    }}
    # The usual limit of a connection's silence.
    server {{
        listen 127.0.0.1:{impatient} ssl;
        listen 127.0.0.1:{impatient_http2} ssl http2;
        keepalive_timeout 60s;
        location / {{ return 200 '{answer}'; }}
    }}
    server {{
        listen 127.0.0.1:{held} ssl http2 backlog=8192;
        location / {{ proxy_pass http://127.0.0.1:{slow}; proxy_read_timeout 60s; }}
    }}
}}
"""
PORTS = ("plain", "tls", "http2", "seven", "single", "impatient", "impatient_http2", "held", "slow")
SLOW = Path(__file__).resolve().parent / "programs/slow_server.py"
NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
CERTIFICATES = [
    f"req -x509 {NEW_KEY} -days 2 -subj /CN=benchmark -keyout ca.key -out ca.pem",
    f"req {NEW_KEY} -subj /CN=127.0.0.1 -keyout server.key -out server.csr",
    "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
]


class Server:
    """The URLs of nginx."""

    def __init__(self, folder: Path, ports: dict[str, int], process: subprocess.Popen[bytes]) -> None:
        def at(name: str) -> str:
            return f"https://127.0.0.1:{ports[name]}"

        self.plain = f"http://127.0.0.1:{ports['plain']}"
        self.tls, self.http2 = at("tls"), at("http2")
        #: HTTP/2 with at most 7 requests on a connection, and HTTP/1.1 with one.
        self.seven, self.single = at("seven"), at("single")
        #: Over HTTP/1.1 and HTTP/2, these close a connection after a minute of silence.
        self.impatient, self.impatient_http2 = at("impatient"), at("impatient_http2")
        #: HTTP/2, and the answer is that of a slow server on the port `slow`.
        self.held, self.slow = at("held"), ports["slow"]
        self.ca_file = str(folder / "ca.pem")
        #: All certificates that the system trusts, and this one.
        self.trust_store = str(folder / "trust.pem")
        self.process = process

    def settle(self, url: str) -> None:
        """Waits until nginx makes a connection at once. It may still be busy with those of a program that
        has ended.
        """
        context, address = ssl.create_default_context(cafile=self.ca_file), ("127.0.0.1", int(url.rpartition(":")[2]))
        prompt = 0
        while prompt < 3:
            begin = time.monotonic()
            with socket.create_connection(address) as plain, context.wrap_socket(plain, server_hostname=address[0]):
                prompt = prompt + 1 if time.monotonic() - begin < 0.02 else 0


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
        folder, ports = Path(name), {each: free_port() for each in PORTS}
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        for arguments in CERTIFICATES:
            subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
        (folder / "trusted").mkdir()
        shutil.copy(folder / "ca.pem", folder / "trusted")
        system = ssl.get_default_verify_paths().cafile
        certificates = [Path(system)] * (system is not None) + [folder / "ca.pem"]
        (folder / "trust.pem").write_bytes(b"\n".join(each.read_bytes() for each in certificates))
        (folder / "nginx.conf").write_text(CONFIGURATION.format(**ports, answer=ANSWER))
        command = ["nginx", "-p", name, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
            try:
                wait_for(ports["plain"])
                yield Server(folder, ports, server)
            finally:
                server.terminate()


@contextlib.contextmanager
def slow(latency: float = 1, port: int = 0) -> Iterator[str]:
    """The URL of a server that answers each call after so many seconds."""
    command = [sys.executable, str(SLOW), ANSWER, str(latency), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


@contextlib.contextmanager
def reloaded(at: Server, interval: float = 0.25) -> Iterator[None]:
    """Lets nginx read its configuration again and again, as a deployment does once."""
    done = threading.Event()

    def reload() -> None:
        while not done.wait(interval):
            at.process.send_signal(signal.SIGHUP)

    thread = threading.Thread(target=reload)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
