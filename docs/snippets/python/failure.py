import sys

import libanchor


def type_the_secret() -> None:
    print("typing")


# [begin held]
def log_in(client: libanchor.Anchorbrowser, session_id: str) -> None:
    try:
        with client.recordings.paused(session_id):
            type_the_secret()
    except libanchor.NotResumedError as error:
        # client.recordings.resume_recording(error.session_id) retries it.
        sys.exit(f"typed, but perhaps still paused: {error.message}")
    except libanchor.NotFoundError:
        sys.exit("there is no such session, or it has ended")
    except libanchor.AnchorbrowserError as error:
        sys.exit(f"the secret was not typed: {error.message}")


# [end held]


with libanchor.Anchorbrowser() as client:
    log_in(client, "session-id")
