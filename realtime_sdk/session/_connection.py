"""One connection to the server: its outbox, its incoming frames, and why it ended. A session outlives it."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

import anyio

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
    """Queues events to send, and reads frames.

    `deliver` runs as a task that a cancellation of its task group does not end: `end` or `finish` does, and `stop` at
    the latest.
    """

    def __init__(self, transport: Transport, tap: Tap | None, log: SessionLog, dialect: Dialect = GA) -> None:
        self.dialect = dialect  # the server's
        self.end_reason: ConnectionLost | None = None  # why it ended; None: it is open
        self._transport = transport
        self._tap = tap
        self._log = log
        self._outbox: deque[tuple[str, str, Completion[None]]] = deque()  # type, frame; done once it is sent
        self._event_factory = own_event()
        self._filled = asyncio.Event()  # set when there is something in it, or will never be
        self._delivery = anyio.CancelScope(shield=True)
        self._delivered = asyncio.Event()  # set unless `deliver` runs
        self._delivered.set()

    def send(self, event: ClientEvent | Mapping[str, Any]) -> Completion[None]:
        """Queue an event; the completion is done when it is on its way.

        Raises:
            UsageError: it has no `type`, or holds what JSON or the server's dialect has no form for.

        """
        text = dump(event, self.dialect)
        sent: Completion[None] = Completion(self._event_factory)
        if self.end_reason is not None:
            sent.set_exception(self.end_reason)
        else:
            self._outbox.append((event_type(event), text, sent))
            self._filled.set()
        return sent

    def end(self, end_reason: ConnectionLost) -> None:
        """Send nothing more; callers that wait for a frame to be sent raise `end_reason`."""
        self.finish(end_reason)
        self._drop(end_reason)

    def finish(self, end_reason: ConnectionLost) -> None:
        """Accept no more events; those queued are still sent."""
        self.end_reason = end_reason
        self._filled.set()

    async def wait_until_delivered(self) -> None:
        """Wait until the queued events are sent, once the connection has ended."""
        await self._delivered.wait()

    def stop(self) -> None:
        """Give up the events that are still queued."""
        self._delivery.cancel()
        if self.end_reason is not None and self._delivered.is_set():
            self._drop(self.end_reason)

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
        """Send the queued events, in order, until the connection ends."""
        self._delivered.clear()
        try:
            with self._delivery:
                while await self._send_queued() and self.end_reason is None:
                    self._filled.clear()
                    await self._filled.wait()
        finally:
            self._delivered.set()
            if self.end_reason is not None:
                self._drop(self.end_reason)

    async def _send_queued(self) -> bool:
        """Send the queued events; return False if the connection was lost."""
        while self._outbox:
            name, text, sent = self._outbox.popleft()
            try:
                await self._transport.send(text)
            except ConnectionLost as lost:
                sent.set_exception(lost)
                await self._transport.close()  # so that the receiving side ends, too, and reports why
                return False
            except BaseException:  # cancelled
                self._outbox.appendleft((name, text, sent))
                raise
            self._log.sent(name, text)
            sent.set_result(None)
            if self._tap is not None:
                self._tap.sent(text)
        return True

    def _drop(self, end_reason: ConnectionLost) -> None:
        """Fail the queued events, and log their number."""
        for name, count in Counter(name for name, _, _ in self._outbox).items():
            self._log.not_sent(name, count)
        for _, _, sent in self._outbox:
            sent.set_exception(end_reason)
        self._outbox.clear()


def event_type(event: ClientEvent | Mapping[str, Any]) -> str:
    """Return the type of a client event."""
    return str(event["type"]) if isinstance(event, Mapping) else event.type
