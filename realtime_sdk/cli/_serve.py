"""`realtime-sdk serve`: runs the local server, and shows its start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio

from ..local._server import LocalServer
from ._display import Display
from ._stop import Stop


@asynccontextmanager
async def local_server(display: Display, **settings: Any) -> AsyncIterator[str]:
    """Run a `LocalServer` with these settings, and show the steps of its start; yields its URL."""
    async with AsyncExitStack() as stack:
        with display.progress("Starting the local server") as progress:
            server = await stack.enter_async_context(LocalServer(progress=progress, **settings))
        yield server.url


async def serve_local(display: Display, stop: Stop, **settings: Any) -> None:
    """Run a `LocalServer` until `stop` is requested.

    Raises `RealtimeError` if it can't start.
    """
    with stop.cancels(anyio.CancelScope()):
        async with local_server(display, **settings) as url:
            display.print_line(f"Listening at {url} (Ctrl-C ends)")
            await anyio.sleep_forever()
