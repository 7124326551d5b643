"""The sandbox: a local program that stands in for the API and logs its requests."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from paths import SANDBOX

#: Long enough for anything that normally takes milliseconds.
DEADLINE_SECONDS = 20.0


class Sandbox:
    """A running sandbox. It ends with this process, which holds its standard input open."""

    def __init__(self, log: Path, key: str, *arguments: str) -> None:
        self.log = log
        self.key = key
        command = [SANDBOX, "--api-key", key, "--log", str(log), "--exit-with-stdin", *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.url = self._line("listening on ")
        self.ca_file = self._line("ca file ") if "--tls" in arguments else ""

    def _line(self, prefix: str) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().rstrip("\n")
        assert line.startswith(prefix), f"the sandbox printed {line!r}"
        return line.removeprefix(prefix)

    def stop(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def requests(self, session: str | None = None) -> list[dict[str, Any]]:
        """The API requests so far, or those for one session."""
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        # The last line may be half written.
        entries = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [entry for entry in entries if session in (None, entry["session"])]

    def wait_for_request(self, session: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not self.requests(session):
            assert time.monotonic() < deadline, f"no request for {session} arrived"
            time.sleep(0.005)

    def recording(self, session: str) -> str:
        """The state of the session's recording: "recording", "paused" or "off". Not with TLS."""
        url = f"{self.url}/sandbox/sessions/{urllib.parse.quote(session, safe='')}"
        with urllib.request.urlopen(url, timeout=DEADLINE_SECONDS) as answer:
            state: str = json.load(answer)["recording"]
        return state

    def send(self, session: str, verb: str) -> None:
        """Pauses or resumes without the library, as another program may."""
        url = f"{self.url}/v1/sessions/{urllib.parse.quote(session, safe='')}/recordings/{verb}"
        request = urllib.request.Request(url, method="POST", headers={"anchor-api-key": self.key})
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS):
            pass

    def verbs(self, session: str) -> list[str]:
        """The last segments of the requested paths: "pause", "resume" and so on."""
        return [request["path"].rpartition("/")[2] for request in self.requests(session)]

    def end_session(self, session: str) -> None:
        """Ends the session. Further requests for it are answered with 404."""
        url = f"{self.url}/v1/sessions/{urllib.parse.quote(session, safe='')}"
        request = urllib.request.Request(url, method="DELETE", headers={"anchor-api-key": self.key})
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS):
            pass
