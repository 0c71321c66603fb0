"""Sessions whose reply is heard: over a loopback WebSocket, on the real speaker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio

from realtime_sdk import MessageItem, Microphone, Session, Speaker, connect
from realtime_sdk.testing import FakeServer

from .sound_server import PATIENT, UP_LIMIT


@asynccontextmanager
async def talking(server: FakeServer, *, microphone: Microphone | None = None, **fields: Any) -> AsyncIterator[Session]:
    """A session with `server` over a real socket, on the default speaker."""
    async with (
        server,
        server.listen() as url,
        connect(endpoint=url, microphone=microphone, speaker=Speaker(latency=PATIENT), **fields) as session,
    ):
        yield session


async def next_message(items: AsyncIterator[object]) -> MessageItem:
    """The next item of a response, which is a message."""
    item = await anext(items)
    assert isinstance(item, MessageItem)
    return item


async def until_heard(item: MessageItem, seconds: float) -> None:
    """Wait until more than this many seconds of a message are heard."""
    with anyio.fail_after(seconds + UP_LIMIT):
        while item.playout.position <= seconds:  # noqa: ASYNC110  # a device sets no event
            await anyio.sleep(0.01)
