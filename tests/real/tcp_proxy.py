"""A TCP proxy in front of a server, which a test cuts, resets and stalls in the middle of a talk."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""The value of `SO_LINGER` with which TCP ends by a reset."""


class _Pair:
    """One connection of a client, and the proxy's own to the server."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server

    def end(self, *, reset: bool) -> None:
        """End both; `reset`: what is in flight is lost."""
        for writer in (self.client, self.server):
            if reset and not writer.is_closing():
                tcp: socket.socket = writer.get_extra_info("socket")
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                writer.transport.abort()
            writer.close()


class TcpProxy:
    """Carries the bytes of each connection, both ways, until the test says otherwise."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._server = (target.hostname, target.port)
        self._path = target.path
        self._open: set[_Pair] = set()
        self.connections = 0  # that there ever were
        self.url = ""  # where clients connect, instead of to the server

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[TcpProxy]:
        """Take connections while the context is open."""
        listener = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{listener.sockets[0].getsockname()[1]}{self._path}"
        async with listener:
            yield self
            self.cut()

    def cut(self) -> None:
        """End the connections that are open."""
        self._end(reset=False)

    def reset(self) -> None:
        """Reset the connections that are open: what is in flight is lost."""
        self._end(reset=True)

    def stall(self) -> None:
        """Leave the connections that are open as they are, and carry nothing more on them."""
        for pair in self._open:
            pair.client.transport.pause_reading()  # type: ignore[attr-defined]  # of a socket
            pair.server.transport.pause_reading()  # type: ignore[attr-defined]

    def _end(self, *, reset: bool) -> None:
        for pair in list(self._open):
            pair.end(reset=reset)

    async def _carry(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(*self._server)
        pair = _Pair(to_client, to_server)
        self._open.add(pair)
        self.connections += 1
        try:
            await asyncio.gather(_pump(from_client, to_server), _pump(from_server, to_client))
        finally:
            self._open.discard(pair)
            pair.end(reset=False)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes until either side ends."""
    with suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    writer.close()
