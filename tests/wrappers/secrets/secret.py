"""Secrets that nothing may say, and the forms in which it might."""

import base64
import json
import secrets
import urllib.parse


class Secret:
    """A random text that has to be escaped wherever something escapes."""

    def __init__(self, name, prefix=""):
        self.name = name
        self.text = f"{prefix}{secrets.token_hex(12)}/+%{secrets.token_hex(4)}"
        self._forms = {form.casefold() for form in forms(self.text)}

    def is_in(self, output):
        folded = output.casefold()
        return any(form in folded for form in self._forms)


def forms(text):
    """The text as it is, and as programs write text that they escape, encode or take for bytes."""
    data = text.encode()
    yield from (text, urllib.parse.quote(text, safe=""), urllib.parse.quote(text), data.hex())
    yield from (json.dumps(text)[1:-1].replace("/", "\\/"), "".join(f"\\u{byte:04x}" for byte in data))
    yield from (", ".join(map(str, data)), " ".join(map(str, data)), ", ".join(f"{byte:#x}" for byte in data))
    for shift in range(3):
        # Of three bytes each four characters are made; those that hold bytes of the neighbours differ.
        encoded = base64.b64encode(bytes(shift) + data)[4 if shift else 0 : -4].decode()
        yield encoded
        yield encoded.replace("+", "-").replace("/", "_")
