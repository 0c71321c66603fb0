"""A server in a process of its own, so that a benchmark measures the client alone."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TypeAlias

from websockets.asyncio.server import ServerConnection, serve

Handler: TypeAlias = Callable[[ServerConnection], Awaitable[None]]


@contextmanager
def running(serve_forever: Callable[..., None], *arguments: object) -> Iterator[tuple[str, int]]:
    """Run a server until the block is left: its URL, and the id of its process.

    serve_forever: called there with the arguments, and last with the connection on which it sends its URL.
    """
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve_forever, args=(*arguments, theirs), daemon=True)
    server.start()
    theirs.close()  # so that a server that fails ends the wait
    assert server.pid is not None
    try:
        yield ours.recv(), server.pid
    finally:
        server.terminate()
        server.join()


async def serve_sockets(handler: Handler, ready: Connection) -> None:
    """Serve WebSocket connections on loopback until the process ends; `ready` gets the URL."""
    async with serve(handler, "127.0.0.1", 0, compression=None, max_size=None, ping_interval=None) as server:
        ready.send(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime")
        await asyncio.get_running_loop().create_future()
