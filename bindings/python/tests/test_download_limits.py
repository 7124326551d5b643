"""Downloads of a long video: in constant memory, and to a disk that is full."""

from __future__ import annotations

from pathlib import Path

import child
import pytest
import video
from conftest import StartSandbox
from sandbox import Sandbox

BYTES = 200_000_000
MOST_GROWTH_BYTES = 32 * 2**20
DEADLINE_SECONDS = 50.0

#: Downloads, and prints by how much the peak memory of the process grew.
MEMORY = """
    import resource, sys
    import libanchor

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    way, file = sys.argv[1:]
    with libanchor.Anchorbrowser(timeout=45) as client:
        client.recordings.list_recordings("demo")
        before = peak()
        if way == "download":
            ticks = []
            client.recordings.download_recording("demo", file, progress=lambda done, _: ticks.append(done))
            assert ticks[-1] == 200_000_000
        else:
            with client.recordings.fetch_primary_recording("demo") as response:
                response.write_to_file(file)
                assert sum(map(len, response.iter_bytes())) == 200_000_000
        print(peak() - before)
"""


@pytest.fixture(scope="module")
def server(start_shared_sandbox: StartSandbox) -> Sandbox:
    return start_shared_sandbox("--session", "demo", "--video-bytes", str(BYTES))


@pytest.mark.parametrize("way", ["download", "fetch"])
def test_memory_stays_constant(server: Sandbox, tmp_path: Path, way: str) -> None:
    file = tmp_path / "video.mp4"
    done = child.run(MEMORY, server, way, str(file), deadline=DEADLINE_SECONDS, TMPDIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) < MOST_GROWTH_BYTES
    video.check(file, BYTES)
    assert list(tmp_path.iterdir()) == [file]
    file.unlink()


#: Downloads with a limit of a megabyte for each file.
FULL = """
    import resource, sys
    import libanchor

    way, file = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
    with libanchor.Anchorbrowser(max_retries=0) as client:
        try:
            if way == "download":
                client.recordings.download_recording("demo", file)
            else:
                client.recordings.fetch_primary_recording("demo")
        except libanchor.ResourceExhaustedError as error:
            print(error)
        # The client is still usable.
        client.recordings.pause_recording("demo")
"""


@pytest.mark.parametrize("way", ["download", "fetch"])
def test_a_full_disk_raises_and_leaves_no_file(server: Sandbox, tmp_path: Path, way: str) -> None:
    file = tmp_path / "video.mp4"
    done = child.run(FULL, server, way, str(file), TMPDIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "no room" in done.stdout
    assert server.recording("demo") == "paused"
    # No file is left on the full disk.
    assert list(tmp_path.iterdir()) == []
