"""A WSGI application whose workers share one client: POST /SESSION-ID logs in."""

from collections.abc import Callable, Iterable
from typing import Any

from libanchor import Anchorbrowser, AnchorbrowserError, NotFoundError, NotResumedError

# [begin app]
# Created once, before the workers are forked. Each worker opens connections of its own.
# A request makes two calls, to pause and to resume. Both must fit into gunicorn's --timeout.
client = Anchorbrowser(timeout=10)


def type_the_secret(session_id: str) -> None:
    """Drives the browser."""


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    session_id = environ["PATH_INFO"].strip("/")
    try:
        with client.recordings.paused(session_id):
            type_the_secret(session_id)
    except NotResumedError as error:
        # The secret was typed. Whoever watches the recording should know that it stays paused.
        return answer(start_response, "500 Internal Server Error", f"logged in, but {error.message}")
    except NotFoundError as error:
        return answer(start_response, "404 Not Found", error.message)
    except AnchorbrowserError as error:
        return answer(start_response, "502 Bad Gateway", error.message)
    return answer(start_response, "200 OK", "logged in")


# [end app]


def answer(start_response: Callable[..., Any], status: str, text: str) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]
