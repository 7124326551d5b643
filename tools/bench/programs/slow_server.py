"""A server that responds to each call after some seconds: slow_server.py BODY LATENCY PORT.

It prints its port, which is a free one if PORT is 0, and runs until it is killed.
"""

import asyncio
import sys

LATENCY = float(sys.argv[2])
BODY = sys.argv[1].encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Connection(asyncio.Protocol):
    transport: asyncio.Transport
    head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.head += data
        # Requests have no body, and clients do not pipeline.
        if self.head.endswith(b"\r\n\r\n"):
            self.head = b""
            asyncio.get_running_loop().call_later(LATENCY, self.transport.write, RESPONSE)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", int(sys.argv[3]), backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
