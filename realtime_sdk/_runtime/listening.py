"""A server of WebSockets at an address of this machine."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from websockets.asyncio.server import ServerConnection, serve

from ..errors import ConnectionFailed

CLOSE_TIMEOUT: Final = 0.5
"""Seconds that a client has to answer a close."""

_PORT_ADVICE: Final = {
    errno.EADDRINUSE: "choose another port, or 0 for any free one",
    errno.EACCES: "choose a port from 1024 on, or 0 for any free one",
}
"""What to do about a port, by the number of the error."""

_HOST_ADVICE: Final = "listen at 127.0.0.1 for programs of this machine, or at 0.0.0.0 for those of its network"
"""What to do where the address is not one of this machine."""


async def check_address(host: str, port: int, *, failure: str) -> None:
    """Raise what `listen` would, before anything is done that takes seconds."""
    async with listen(_refuse, host, port, failure=failure):
        pass


async def _refuse(connection: ServerConnection) -> None:
    """Nothing is served while the address is only tried."""


@asynccontextmanager
async def listen(
    handle: Callable[[ServerConnection], Awaitable[None]], host: str, port: int, *, failure: str, **options: Any
) -> AsyncIterator[str]:
    """Serve WebSockets while the context is open; yields the address as a URL has it, `host:port`.

    port: 0 takes a free one. failure: what the error says cannot be done. options: of `websockets`.

    Raises:
        ConnectionFailed: the address is in use or can't be bound.
    """
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(
                serve(handle, host, port, compression=None, close_timeout=CLOSE_TIMEOUT, **options)
            )
        except OSError as error:
            reason = (error.strerror or f"{error}").rpartition(": ")[2]  # before it, asyncio repeats the address
            advice = _PORT_ADVICE.get(error.errno or 0, _HOST_ADVICE)
            raise ConnectionFailed(f"{failure} at {host}, port {port}: {reason}; {advice}") from error
        bound = next(iter(server.sockets)).getsockname()[1]
        yield f"{f'[{host}]' if ':' in host else host}:{bound}"
