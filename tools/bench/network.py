"""The network between the programs and the servers: a relay that delays what both send."""

import json
import subprocess
from collections.abc import Callable

from commands import BUILD, Figures
from server import Server

#: Milliseconds in each direction, and there and back.
DELAY = 25
ROUND_TRIP = 2 * DELAY


def through(server: Server, url: str, run: Callable[[str], Figures]) -> Figures:
    """Runs a program with the network before a URL of the server, and adds the connections and bytes
    that it carried to the figures."""
    server.settle(url)
    command = [str(BUILD / "relay"), url.rpartition(":")[2], str(DELAY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as relay:
        assert relay.stdout is not None
        try:
            figures = run(f"https://127.0.0.1:{int(relay.stdout.readline())}")
        finally:
            # The end of its input ends the relay.
            carried, _ = relay.communicate()
    return {**figures, **json.loads(carried)}
