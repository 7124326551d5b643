"""Logs in to several sessions at once, while the other greenlets of the program run."""

import gevent.monkey

gevent.monkey.patch_all()

from gevent.threadpool import ThreadPool  # noqa: E402 # gevent patches first
from libanchor import Anchorbrowser  # noqa: E402


def type_the_secret(session_id: str) -> None:
    """Drives the browser."""


# [begin logins]
# A pool of its own: gevent's resolver needs the threads of the hub's pool.
pool = ThreadPool(10)


def log_in(client: Anchorbrowser, session_id: str) -> None:
    with client.recordings.paused(session_id):
        type_the_secret(session_id)


def log_in_to_all(client: Anchorbrowser, session_ids: list[str]) -> None:
    try:
        for login in [pool.spawn(log_in, client, session_id) for session_id in session_ids]:
            login.get()
    finally:
        # After Ctrl-C too: a recording stays paused if the program ends before its block does.
        pool.join()


# [end logins]


with Anchorbrowser() as client:
    log_in_to_all(client, ["session-id"])
