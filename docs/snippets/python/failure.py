import sys

import libanchor


def type_the_secret() -> None:
    print("typing")


# --8<-- [start:held]
def log_in(client: libanchor.Anchorbrowser, session_id: str) -> None:
    typed = False
    try:
        with client.recordings.paused(session_id):
            type_the_secret()
            typed = True
    except libanchor.NotFoundError:
        sys.exit("there is no such session, or it has ended")
    except libanchor.AnchorbrowserError as error:
        if typed:
            # resume_recording tries it again.
            sys.exit(f"typed, but perhaps still paused: {error.message}")
        sys.exit(f"the secret was not typed: {error.message}")


# --8<-- [end:held]


with libanchor.Anchorbrowser() as client:
    log_in(client, "session-id")
