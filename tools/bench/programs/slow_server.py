"""A server that answers each request after a second: slow_server.py ANSWER. Prints its port, and
runs until killed.
"""

import asyncio
import sys

LATENCY = 1.0
BODY = sys.argv[1].encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Connection(asyncio.Protocol):
    transport: asyncio.Transport
    head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.head += data
        # Requests have no body, and a client sends the next one after the answer.
        if self.head.endswith(b"\r\n\r\n"):
            self.head = b""
            asyncio.get_running_loop().call_later(LATENCY, self.transport.write, ANSWER)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
