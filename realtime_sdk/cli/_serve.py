"""The voice on this machine: started where a person waits for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio

from ..local._server import LocalServer
from ._screen import Screen


@asynccontextmanager
async def local_voice(screen: Screen, **settings: Any) -> AsyncIterator[str]:
    """Run a `LocalServer` with these settings, showing how it starts; gives its address."""
    async with AsyncExitStack() as stack:
        with screen.waiting("Starting the voice on this machine") as progress:
            server = await stack.enter_async_context(LocalServer(progress=progress, **settings))
        yield server.url


async def serve_voice(screen: Screen, **settings: Any) -> None:
    """`realtime-sdk serve`: run that server until cancelled.

    Raises `RealtimeError` if it can't start.
    """
    async with local_voice(screen, **settings) as url:
        screen.remark(f"Listening at {url} (Ctrl-C ends)")
        await anyio.sleep_forever()
