"""The WebSocket of a page, whatever serves it."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from ..errors import ConnectionLost

OUTBOX_LIMIT: Final = 2000
"""Frames that wait to be sent to a page; a page that lets more gather reads nothing, and is given up."""

BUSY: Final = 100
"""Frames that may wait before what is only shown has to."""


class PageSocket(Protocol):
    """One page's WebSocket, open."""

    async def send(self, frame: str | bytes) -> None:
        """Send a frame; raise `ConnectionLost` if the page is gone."""
        ...

    async def receive(self) -> str | bytes:
        """Wait for the next frame; raise `ConnectionLost` if the page is gone."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close it."""
        ...


class Outbox:
    """What waits to be sent to a page, in order."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._gone: ConnectionLost | None = None  # why nothing is sent any more

    def post(self, frame: str | bytes) -> None:
        """Send a frame when its turn comes."""
        if self._frames.qsize() >= OUTBOX_LIMIT:
            self._gone = ConnectionLost("the page does not read what it is sent")
        if self._gone is None:
            self._frames.put_nowait(frame)

    async def ready(self) -> None:
        """Wait until little waits to be sent."""
        if self._frames.qsize() >= BUSY:
            await self._frames.join()

    async def flushed(self) -> None:
        """Wait until all has been sent."""
        await self._frames.join()

    async def send_to(self, socket: PageSocket) -> None:
        """Send until cancelled; raise `ConnectionLost` when the page is gone."""
        while True:
            frame = await self._frames.get()
            if self._gone is not None:
                raise self._gone
            await socket.send(frame)
            self._frames.task_done()
