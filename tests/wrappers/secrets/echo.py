"""A server, and a proxy for http, whose answers contain the API key that it received.

The session `echo-as-FORM` names one of the forms of secret.py. The key stands in the answer's body, in its
headers and in its reason phrase.
"""

import contextlib
import http.server
import json
import threading

from secret import FORMS


class EchoHandler(http.server.BaseHTTPRequestHandler):
    """Echoes the key in the way that the session in the path names, such as `echo-escaped`."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        key = self.headers.get("anchor-api-key", "")
        self.rfile.read(int(self.headers.get("content-length", 0)))
        _, _, form = self.path.partition("/echo-as-")
        key = FORMS[form.partition("/")[0] or "plain"](key)
        status, body = 401, json.dumps({"error": {"message": f"wrong key {key}"}})
        if "echo-200" in self.path:
            status, body = 200, json.dumps({"data": {"status": "paused", "key": key, key: [key]}})
        elif "echo-page" in self.path:
            status, body = 200, f"<html>{key}"
        elif "echo-302" in self.path:
            status = 302
        elif "echo-escaped" in self.path:
            escaped = "".join(f"\\u{ord(character):04x}" for character in key)
            body = f'{{"error":{{"error":{{"message":"{escaped}"}}}},"{escaped}":"{escaped}"}}'
        self.send_response(status, f"No {key}")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-request-id", f"request of {key}")
        self.send_header("location", f"/?key={key}")
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_POST = answer  # noqa: N815

    def do_CONNECT(self):
        self.send_response(407, "credentials wanted")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def echo_server():
    """Runs the server, and yields its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), EchoHandler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
