"""Carries events between the session and the server, for as long as the connection lives."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from .conversation import Outcome
from .errors import ConnectionLost
from .events import ClientEvent, dump
from .tap import Tap
from .transports import Transport


class Link:
    """Queues what is to be sent, and hands over what comes; a task each way."""

    def __init__(
        self, transport: Transport, *, take: Callable[[bytes | str], None], lost: Callable[[ConnectionLost], None],
        tap: Tap | None,
    ) -> None:  # fmt: skip
        self.ended: ConnectionLost | None = None  # why nothing can be sent any more; None: it can
        self._transport = transport
        self._take = take  # given each frame
        self._lost = lost  # told once that the connection has ended by itself
        self._tap = tap
        self._outbox: deque[tuple[str, Outcome[None]]] = deque()
        self._filled = asyncio.Event()  # set when there is something in it

    def send(self, event: ClientEvent | Mapping[str, Any]) -> Outcome[None]:
        """Queue an event; the outcome is set when it is on its way."""
        text = dump(event)
        sent: Outcome[None] = Outcome(asyncio.Event)
        if self.ended is not None:
            sent.fail(self.ended)
        else:
            self._outbox.append((text, sent))
            self._filled.set()
        return sent

    def end(self, ended: ConnectionLost) -> None:
        """Send nothing any more; whoever waits for that raises `ended`."""
        self.ended = ended
        for _, sent in self._outbox:
            sent.fail(ended)
        self._outbox.clear()

    async def receive(self) -> None:
        """Hand over frames until the connection ends."""
        try:
            while True:
                frame = await self._transport.receive()
                if self._tap is not None:
                    self._tap.received(frame)
                self._take(frame)
        except ConnectionLost as lost:
            self._lost(lost)

    async def deliver(self) -> None:
        """Send what is queued, in order, until the connection ends."""
        while True:
            while self._outbox:
                text, sent = self._outbox.popleft()
                try:
                    await self._transport.send(text)
                except ConnectionLost as lost:
                    sent.fail(lost)
                    return  # the receiving side tells why
                sent.set(None)
                if self._tap is not None:
                    self._tap.sent(text)
            self._filled.clear()
            await self._filled.wait()
