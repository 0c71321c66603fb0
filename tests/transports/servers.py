"""Loopback WebSocket servers for the tests of transports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.utils import accept_key

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve `handler` on loopback; yields the address, `ws://127.0.0.1:port`."""
    async with serve(handler, "127.0.0.1", 0, max_size=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@asynccontextmanager
async def refusing(
    status: HTTPStatus, headers: dict[str, str] | None = None, *, message: str | None = None
) -> AsyncIterator[str]:
    """Serve nothing but `status` to every handshake.

    message: that of the error object in the body, in which "{key}" becomes the request's key; None: the body is the
    request's own headers.
    """

    def refuse(connection: ServerConnection, request: Request) -> Response:
        body = str(request.headers)
        if message is not None:
            key = request.headers.get("Authorization", "").removeprefix("Bearer ")
            body = json.dumps({"error": {"message": message.replace("{key}", key)}})
        response = connection.respond(status, body)
        for name, value in (headers or {}).items():
            response.headers[name] = value
        return response

    async with serve(wait_closed, "127.0.0.1", 0, process_request=refuse) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@asynccontextmanager
async def serving_bytes(*chunks: bytes, reads: bool = True) -> AsyncIterator[str]:
    """Serve a handshake and these bytes to every client, and leave TCP open for as long as the block lasts.

    reads: whether the server takes anything but the handshake off its socket.
    """
    left = asyncio.Event()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if not reads:
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is one of a socket
        writer.write(_SWITCHING + accept_key(_header(request, "Sec-WebSocket-Key")).encode() + b"\r\n\r\n")
        for chunk in chunks:
            writer.write(chunk)
        await left.wait()
        writer.transport.abort()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    async with server:
        try:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            left.set()


_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "


def _header(request: bytes, name: str) -> str:
    """The value of one header of an HTTP request."""
    lines = request.decode().split("\r\n")
    return next(value.strip() for key, _, value in (line.partition(":") for line in lines) if key == name)


async def wait_closed(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)
