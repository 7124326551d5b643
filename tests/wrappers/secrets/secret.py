"""Secrets that must not appear in any output, and the encodings in which they could."""

import base64
import json
import secrets
import urllib.parse


class Secret:
    """A random text with characters that URLs, JSON and Base64 have to escape."""

    def __init__(self, name, prefix=""):
        self.name = name
        self.text = f"{prefix}{secrets.token_hex(12)}/+%{secrets.token_hex(4)}"
        self._encodings = {encoding.casefold() for encoding in encodings(self.text)}

    def is_in(self, output):
        folded = output.casefold()
        return any(encoding in folded for encoding in self._encodings)


#: How a server or a caller may write a secret.
FORMS = {
    "plain": lambda text: text,
    "capitals": str.upper,
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "percent-whole": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "percent-twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe="")),
    "json": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "json-whole": lambda text: "".join(f"\\u{byte:04X}" for byte in text.encode()),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64-basic": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64-url": lambda text: base64.urlsafe_b64encode(f"id:{text}:x".encode()).decode(),
}


def encodings(text):
    """Yields the text unchanged, escaped, as lists of bytes and in Base64."""
    data = text.encode()
    yield from (text, urllib.parse.quote(text, safe=""), urllib.parse.quote(text), data.hex())
    yield from (json.dumps(text)[1:-1].replace("/", "\\/"), "".join(f"\\u{byte:04x}" for byte in data))
    yield from (", ".join(map(str, data)), " ".join(map(str, data)), ", ".join(f"{byte:#x}" for byte in data))
    for shift in range(3):
        # Base64 makes four characters of three bytes. Inside a longer text, the first and the last
        # four depend on the neighbouring bytes, so they are left out.
        encoded = base64.b64encode(bytes(shift) + data)[4 if shift else 0 : -4].decode()
        yield encoded
        yield encoded.replace("+", "-").replace("/", "_")
