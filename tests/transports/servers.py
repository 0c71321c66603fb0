"""Loopback WebSocket servers for the tests of transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve `handler` on loopback; yields the address, `ws://127.0.0.1:port`."""
    async with serve(handler, "127.0.0.1", 0, max_size=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@asynccontextmanager
async def refusing(status: HTTPStatus, headers: dict[str, str] | None = None) -> AsyncIterator[str]:
    """Serve nothing but `status` to every handshake, with the request's own headers as the body."""

    def refuse(connection: ServerConnection, request: Request) -> Response:
        response = connection.respond(status, str(request.headers))
        for name, value in (headers or {}).items():
            response.headers[name] = value
        return response

    async with serve(wait_closed, "127.0.0.1", 0, process_request=refuse) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def wait_closed(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)
