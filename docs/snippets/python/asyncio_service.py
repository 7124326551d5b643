"""A login service: a client sends a line with a session's id, and receives the result."""

import asyncio
import signal

from libanchor import AnchorbrowserError, AsyncAnchorbrowser, NotResumedError


async def type_the_secret(session_id: str) -> None:
    """Drives the browser."""


# [begin service]
async def log_in(client: AsyncAnchorbrowser, session_id: str) -> str:
    try:
        async with client.recordings.paused(session_id):
            await type_the_secret(session_id)
    except NotResumedError as error:
        return f"logged in, but {error.message}"
    except AnchorbrowserError as error:
        return error.message
    return "logged in"


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    logins: set[asyncio.Task[str]] = set()
    # One client for all tasks. Their calls need no threads of their own.
    async with AsyncAnchorbrowser(timeout=10) as client:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            session_id = (await reader.readline()).decode().strip()
            login = asyncio.create_task(log_in(client, session_id))
            logins.add(login)
            login.add_done_callback(logins.discard)
            writer.write(f"{await login}\n".encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        print("listening on", *server.sockets[0].getsockname(), flush=True)
        await stop.wait()
        server.close()
        # Let running logins finish and resume, before the client is closed.
        await asyncio.gather(*logins, return_exceptions=True)


# [end service]


asyncio.run(main())
