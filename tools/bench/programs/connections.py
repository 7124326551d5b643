"""Pauses thrice with libanchor: connections.py URL.

If each call needs a connection, the first one is new to the process, the second one is of the same
client, and the third one is of another client.
"""

import importlib
import sys

sdk = importlib.import_module("libanchor")
clients = [sdk.Anchorbrowser(api_key="sk-benchmark", base_url=sys.argv[1]) for _ in range(2)]
for client in (clients[0], clients[0], clients[1]):
    client.recordings.pause_recording("session-id")
print("{}")
