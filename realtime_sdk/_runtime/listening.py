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
            advice = "; choose another port, or 0 for any free one" if error.errno == errno.EADDRINUSE else ""
            raise ConnectionFailed(f"{failure} at {host}, port {port}: {reason}{advice}") from error
        bound = next(iter(server.sockets)).getsockname()[1]
        yield f"{f'[{host}]' if ':' in host else host}:{bound}"
