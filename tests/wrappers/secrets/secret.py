"""Secrets that must not appear in any output, and the encodings to search for."""

import base64
import json
import secrets
import urllib.parse


class Secret:
    """A random text with characters that JSON, URLs and shells escape."""

    def __init__(self, name, prefix=""):
        self.name = name
        self.text = f"{prefix}{secrets.token_hex(12)}/+%{secrets.token_hex(4)}"
        self._forms = {form.casefold() for form in forms(self.text)}

    def is_in(self, output):
        folded = output.casefold()
        return any(form in folded for form in self._forms)


def forms(text):
    """The text unchanged, escaped, encoded, and as lists of bytes."""
    data = text.encode()
    yield from (text, urllib.parse.quote(text, safe=""), urllib.parse.quote(text), data.hex())
    yield from (json.dumps(text)[1:-1].replace("/", "\\/"), "".join(f"\\u{byte:04x}" for byte in data))
    yield from (", ".join(map(str, data)), " ".join(map(str, data)), ", ".join(f"{byte:#x}" for byte in data))
    for shift in range(3):
        # Base64 turns three bytes into four characters. Cut the characters that depend on
        # neighbouring bytes.
        encoded = base64.b64encode(bytes(shift) + data)[4 if shift else 0 : -4].decode()
        yield encoded
        yield encoded.replace("+", "-").replace("/", "_")
