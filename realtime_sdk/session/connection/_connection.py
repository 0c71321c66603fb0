"""One connection to the server: its outbox, its incoming frames, and why it ended. A session outlives it."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import anyio
import anyio.lowlevel

from ..._runtime.arguments import shown
from ..._runtime.event_loop import own_event
from ..._runtime.text import describe
from ...conversation._completion import Completion
from ...conversation.history._wire_ids import WireIds
from ...errors import ConnectionLost, UsageError
from ...protocol._codec import ClientEvent, client_fields, dump
from ...protocol._input_audio import InputAudioBufferAppend
from ...protocol.dialects._dialect import Dialect
from ...protocol.dialects._ga import GA
from ...protocol.dialects._reduction import needs_more, reduced
from ...transports._transport import Transport
from ..observers._log import SessionLog
from ..observers._tap import Tap

OUTBOX_LIMIT: Final = 2**26
"""Characters that may wait to be sent: a quarter of an hour of audio, far more than a network's delay."""

BURST: Final = 50
"""Frames that are handled in one turn of the event loop: each takes 20 to 40 µs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Queued:
    """An event in the outbox."""

    event: ClientEvent | Mapping[str, Any]  # as it was given
    text: str  # its frame
    sent: Completion[None]  # done once it is on its way


class Connection:
    """Queues events to send, and reads frames.

    `deliver` runs as a task that a cancellation of its task group does not end: `end` or `finish` does, and `stop` at
    the latest.
    """

    def __init__(
        self, transport: Transport, tap: Tap | None, log: SessionLog, dialect: Dialect = GA, ids: WireIds | None = None
    ) -> None:
        self.dialect = dialect  # the server's
        self.ids = ids or WireIds()  # of items
        self.end_reason: ConnectionLost | None = None  # why it ended; None: it is open
        self._transport = transport
        # What the transport has received; one that can't say is asked for each frame.
        self._arrived: Callable[[], Iterable[bytes | str]] = getattr(transport, "arrived", tuple)
        self._receive = transport.receive if hasattr(transport, "arrived") else self._receive_one
        self._received = 0  # frames, one by one
        # Sends a frame that need not wait; what can't be sent that way waits in the outbox.
        self._send_now: Callable[[str], bool] = getattr(transport, "send_now", _never)
        self._tap = tap
        self._log = log
        self._identifiers = 0  # of events, given so far
        self._outbox: deque[_Queued] = deque()
        self._waiting = 0  # characters in it, and of the event in flight
        self._in_flight: _Queued | None = None  # taken from it, and not sent yet
        self._event_factory = own_event()
        self._failure: ConnectionLost | None = None  # why it was closed from this side, where sending failed
        self._filled = asyncio.Event()  # set when there is something in it, or will never be
        self._delivery = anyio.CancelScope(shield=True)
        self._delivered = asyncio.Event()  # set unless `deliver` runs
        self._delivered.set()

    def send(
        self, event: ClientEvent | Mapping[str, Any], sent: Completion[None] | None = None
    ) -> Completion[None]:
        """Queue an event; the completion, which may be given, is done when it is on its way.

        An event about an item that this server does not hold, or that it does not understand, is not sent.

        Raises:
            UsageError: it has no `type`, holds what JSON or the server's dialect has no form for, or is too large.

        """
        on_the_wire = self.ids.outgoing(self._identified(event))
        text = dump(event if on_the_wire is None else on_the_wire, self.dialect)
        if on_the_wire is not None and needs_more(event_type(on_the_wire), self.dialect.capabilities):
            on_the_wire = self._reduced(on_the_wire)
            text = "" if on_the_wire is None else dump(on_the_wire, self.dialect)
        sent = Completion(self._event_factory) if sent is None else sent
        if self.end_reason is not None:
            sent.set_exception(self.end_reason)
        elif on_the_wire is None:
            sent.set_result(None)
        elif self._is_up_to_date and self._send_now(text):
            self._on_sent(_Queued(event, text, sent))
        else:
            self._outbox.append(_Queued(event, text, sent))
            self._waiting += len(text)
            self._filled.set()
        return sent

    def _identified(self, event: ClientEvent | Mapping[str, Any]) -> ClientEvent | Mapping[str, Any]:
        """Give an event of this package an id that says what it is: a server's refusal names it by that.

        Audio, of which there is much, and what the application made itself stay as they are.
        """
        if isinstance(event, Mapping | InputAudioBufferAppend) or event.event_id is not None:
            return event
        self._identifiers += 1
        return event.model_copy(update={"event_id": f"{event.type}_{self._identifiers}"})

    @property
    def _is_up_to_date(self) -> bool:
        """Whether `deliver` runs, and has nothing to send."""
        return not (self._outbox or self._in_flight or self._delivered.is_set())

    def _on_sent(self, entry: _Queued) -> None:
        """An event is on its way."""
        self._log.sent(event_type(entry.event), entry.text)
        entry.sent.set_result(None)
        if self._tap is not None:
            self._tap.sent(entry.text)

    def _reduced(self, event: ClientEvent | Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the part of an event that the server understands; None: there is none."""
        rest, lacking = reduced(client_fields(event), self.dialect.capabilities)
        if lacking is not None:
            self._log.lacking(self.dialect.name, lacking)
        return rest

    def require_room(self) -> None:
        """Refuse more of an application's events while the network does not keep up with them.

        Raises:
            UsageError: 64 MiB wait to be sent.

        """
        if self._waiting >= OUTBOX_LIMIT:
            raise UsageError(
                f"{OUTBOX_LIMIT >> 20} MiB wait to be sent, because the network is slower than the calls: "
                "await what send_audio or send returns before the next one"
            )

    async def wait_for_room(self) -> None:
        """Wait while as much waits to be sent: before more is taken from a source that can't be refused it."""
        while self._waiting >= OUTBOX_LIMIT and self._outbox:
            with suppress(ConnectionLost):
                await self._outbox[0].sent

    def take_queued(self) -> list[tuple[ClientEvent | Mapping[str, Any], Completion[None]]]:
        """Return the events that were not sent, once the connection is lost: they are not failed."""
        queued = [*([self._in_flight] if self._in_flight else []), *self._outbox]
        self._in_flight = None
        self._outbox.clear()
        self._waiting = 0
        return [(entry.event, entry.sent) for entry in queued]

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
        try:
            await self._transport.close()
        except Exception as error:  # of an endpoint of the application's own
            self._log.warning(f"the transport failed to close: {describe(error)}")

    async def receive(self) -> bytes | str:
        """Wait for the next frame.

        Raises:
            ConnectionLost: the connection has ended.

        """
        try:
            frame = await self._receive()
        except ConnectionLost as lost:
            raise (self._failure or lost) from None
        except Exception as error:
            raise failed(error) from error
        if self._tap is not None:
            self._tap.received(frame)
        return frame

    async def _receive_one(self) -> bytes | str:
        """Wait for the next frame of a transport that hands them out one by one; it may never wait for one itself."""
        self._received += 1
        if self._received % BURST == 0:
            await anyio.lowlevel.checkpoint()
        frame: object = await self._transport.receive()
        if not isinstance(frame, bytes | str):
            raise ConnectionLost(f"the transport received {shown(frame)}, which is no frame")
        return frame

    def arrived(self) -> Iterator[bytes | str]:
        """Take the frames that have arrived, without waiting; those that are not taken are lost."""
        for frame in self._arrived():
            if self._tap is not None:
                self._tap.received(frame)
            yield frame

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
            entry = self._in_flight = self._outbox.popleft()
            try:
                await self._transport.send(entry.text)
            except Exception as error:
                self._failure = None if isinstance(error, ConnectionLost) else failed(error)
                self._put_back(entry)
                await self.close()  # so that the receiving side ends, too, and reports why
                return False
            except BaseException:  # cancelled
                self._put_back(entry)
                raise
            self._in_flight = None
            self._waiting -= len(entry.text)
            self._on_sent(entry)
        return True

    def _put_back(self, entry: _Queued) -> None:
        if self._in_flight is entry:  # else it was taken in the meantime
            self._in_flight = None
            self._outbox.appendleft(entry)

    def _drop(self, end_reason: ConnectionLost) -> None:
        """Fail the queued events, and log their number."""
        for name, count in Counter(event_type(entry.event) for entry in self._outbox).items():
            self._log.not_sent(name, count)
        for entry in self._outbox:
            entry.sent.set_exception(end_reason)
        self._outbox.clear()
        self._waiting = 0


def failed(error: Exception) -> ConnectionLost:
    """Return the end of a connection whose transport, of the application's own, has failed in a way of its own."""
    return ConnectionLost(f"the transport failed: {describe(error)}")


def _never(text: str) -> bool:
    """Send nothing: the transport can only send by a coroutine."""
    return False


def event_type(event: ClientEvent | Mapping[str, Any]) -> str:
    """Return the type of a client event."""
    return str(event["type"]) if isinstance(event, Mapping) else event.type
