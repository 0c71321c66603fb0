"""Serves connections over WebSockets."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Final, Protocol, TypeAlias
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .._runtime.listening import listen
from .._runtime.quiet_log import quiet_log
from ..errors import ConnectionLost
from ._item_models import MAX_AUDIO
from ._query import Query

PATH: Final = "/v1/realtime"
LOOPBACK: Final = "127.0.0.1"

MAX_FRAME: Final = MAX_AUDIO + 64 * 1024
"""Bytes of the largest frame: an append of the greatest length, and the event around it."""


RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""The value of `SO_LINGER` with which TCP ends by a reset: on, with no time to deliver what is in flight."""


_library_log = quiet_log(__name__)


class SocketChannel:
    """A `Channel` over a WebSocket."""

    def __init__(self, connection: ServerConnection) -> None:
        self._socket = connection
        self._stalled = False  # nothing is sent or read any more

    async def send(self, frame: str | bytes) -> None:
        """Send a frame: a str as text, bytes as a binary one."""
        if self._stalled:
            return
        try:
            await self._socket.send(frame)
        except ConnectionClosed as closed:
            raise _lost(closed) from closed

    async def receive(self) -> str | bytes:
        """Wait for the next frame."""
        try:
            return await self._socket.recv()
        except ConnectionClosed as closed:
            raise _lost(closed) from closed

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the WebSocket."""
        await self._socket.close(code, reason)

    def abort(self) -> None:
        """Reset the TCP connection."""
        if not self._socket.transport.is_closing():
            tcp: socket.socket = self._socket.transport.get_extra_info("socket")
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._socket.transport.abort()

    def cut(self) -> None:
        """End the TCP connection without a close frame."""
        self._socket.transport.close()

    def stall(self) -> None:
        """Read nothing more, so that no ping is answered, and send nothing."""
        self._stalled = True
        self._socket.transport.pause_reading()


class Served(Protocol):
    """A connection that serves one client."""

    async def run(self) -> None:
        """Serve the client; return when the connection has ended."""
        ...


Accept: TypeAlias = Callable[[SocketChannel, Query], Served]
"""Makes the connection of a new client from its channel and what it asked for."""

Admit: TypeAlias = Callable[[SocketChannel], Awaitable[tuple[int, str] | None]]
"""Says to a client that wants a handshake: the HTTP status and body with which it is refused; None: it is welcome."""


@asynccontextmanager
async def serve_connections(
    accept: Accept, host: str = LOOPBACK, port: int = 0, *, path: str = PATH, admit: Admit | None = None
) -> AsyncIterator[str]:
    """Serve WebSockets at `ws://host:port/v1/realtime` while the context is open; port 0 takes a free one.

    path: in place of `/v1/realtime`.

    admit: decides about each handshake; left out, every client of this path is welcome.

    Yields the URL. Connections of web pages are refused: any page that the user opens could otherwise reach a server on
    loopback.

    Raises:
        ConnectionFailed: the address is in use or can't be bound.
    """
    async with listen(
        partial(_serve_client, accept), host, port, failure="the server can't listen",
        process_request=partial(_check_request, path, admit), origins=[None], max_size=MAX_FRAME, logger=_library_log,
    ) as address:  # fmt: skip
        yield f"ws://{address}{path}"


async def _serve_client(accept: Accept, connection: ServerConnection) -> None:
    assert connection.request is not None  # the handshake is over
    query = Query.of(urlsplit(connection.request.path).query)
    await accept(SocketChannel(connection), query).run()


async def _check_request(
    path: str, admit: Admit | None, connection: ServerConnection, request: Request
) -> Response | None:
    if urlsplit(request.path).path.rstrip("/") != path:
        return connection.respond(HTTPStatus.NOT_FOUND, f"The realtime service is at {path}.\n")
    refusal = None if admit is None else await admit(SocketChannel(connection))
    return None if refusal is None else connection.respond(*refusal)


def _lost(closed: ConnectionClosed) -> ConnectionLost:
    frame = closed.rcvd
    message = f"the client closed the connection: {frame}" if frame else "the client is gone"
    return ConnectionLost(message, code=frame.code if frame else None, reason=frame.reason if frame else "")
