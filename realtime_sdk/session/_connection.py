"""One connection to the server: its outbox, its incoming frames, and why it ended. A session outlives it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from .._runtime.event_loop import own_event
from ..conversation._completion import Completion
from ..errors import ConnectionLost
from ..protocol._codec import ClientEvent, dump
from ..protocol.dialects._dialect import Dialect
from ..protocol.dialects._ga import GA
from ..transports._transport import Transport
from ._log import SessionLog
from ._tap import Tap


class Connection:
    """Queues events to send, and reads frames. `deliver` runs as a task of its own."""

    def __init__(self, transport: Transport, tap: Tap | None, log: SessionLog, dialect: Dialect = GA) -> None:
        self.dialect = dialect  # the server's
        self.ended: ConnectionLost | None = None  # why nothing can be sent any more; None: it can
        self._transport = transport
        self._tap = tap
        self._log = log
        self._outbox: deque[tuple[str, str, Completion[None]]] = deque()  # type, frame; done once it is sent
        self._new_event = own_event()
        self._filled = asyncio.Event()  # set when there is something in it

    def send(self, event: ClientEvent | Mapping[str, Any]) -> Completion[None]:
        """Queue an event; the completion is done when it is on its way.

        Raises:
            UsageError: it has no `type`, or holds what JSON or the server's dialect has no form for.

        """
        text = dump(event, self.dialect)
        sent: Completion[None] = Completion(self._new_event)
        if self.ended is not None:
            sent.set_exception(self.ended)
        else:
            self._outbox.append((event_type(event), text, sent))
            self._filled.set()
        return sent

    def end(self, ended: ConnectionLost) -> None:
        """Send nothing more; callers that wait for a frame to be sent raise `ended`."""
        self.ended = ended
        for _, _, sent in self._outbox:
            sent.set_exception(ended)
        self._outbox.clear()

    async def close(self) -> None:
        """Close the transport; harmless if it has ended."""
        await self._transport.close()

    async def receive(self) -> bytes | str:
        """Wait for the next frame.

        Raises:
            ConnectionLost: the connection has ended.

        """
        frame = await self._transport.receive()
        if self._tap is not None:
            self._tap.received(frame)
        return frame

    async def deliver(self) -> None:
        """Send what is queued, in order, until the connection ends."""
        while True:
            while self._outbox:
                name, text, sent = self._outbox.popleft()
                try:
                    await self._transport.send(text)
                except ConnectionLost as lost:
                    sent.set_exception(lost)
                    await self._transport.close()  # so that the receiving side ends, too, and reports why
                    return
                except BaseException:  # cancelled, as leaving does
                    sent.set_exception(self.ended or ConnectionLost("the session has ended"))
                    raise
                self._log.sent(name, text)
                sent.set_result(None)
                if self._tap is not None:
                    self._tap.sent(text)
            self._filled.clear()
            await self._filled.wait()


def event_type(event: ClientEvent | Mapping[str, Any]) -> str:
    """Return the type of a client event."""
    return str(event["type"]) if isinstance(event, Mapping) else event.type
