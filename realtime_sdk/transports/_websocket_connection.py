"""A connection of `websockets` that ends with its WebSocket, and hands each message on as it arrived."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

SIZE_LIMIT: Final = 2**26
"""Bytes of one message, and of the send buffer, beyond which the connection ends:
64 MiB hold a quarter of an hour of PCM16 at 24 kHz, in the event that returns an item with its audio."""

WAITING_LIMIT: Final = 32
"""Messages that wait to be read, beyond which the server has to wait; one read of the socket mostly brings fewer."""

RESUMED_AT: Final = 8
"""Messages that wait to be read, at which the server is read again."""

_FIRST: Final = (Opcode.TEXT, Opcode.BINARY)
"""The first frame of a message, mostly its only one."""


class WebSocketConnection(ClientConnection):
    """A connection that ends TCP itself as soon as the WebSocket connection is over.

    The library leaves that to the server, as RFC 6455 asks, and reports the end once TCP has ended: a server that sends
    a close frame and leaves TCP open would be waited for until the next ping.

    It keeps the messages of one frame itself, as nearly all are: the library's way of joining frames takes as long as
    reading the JSON in them.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._messages: deque[bytes | None] = deque()  # that wait to be read; None: one that the library joins
        self._changed = asyncio.Event()  # set when there is one, or never will be
        self._held_up = False  # the server has to wait

    async def next_message(self) -> bytes:
        """Wait for the next message; may be cancelled without losing one.

        Raises:
            ConnectionClosed: the connection has ended, and all messages are read.

        """
        while not self._messages:
            if self.connection_lost_waiter.done():
                return await self.recv(decode=False)  # it raises what the connection ended with
            self._changed.clear()
            await self._changed.wait()
        message = self._messages[0]
        if message is None:
            message = await self.recv(decode=False)
        self._messages.popleft()
        self._resume()
        return message

    def waiting_messages(self) -> list[bytes]:
        """Return the messages that can be read without waiting."""
        messages: list[bytes] = []
        while self._messages and (message := self._messages[0]) is not None:
            messages.append(message)
            self._messages.popleft()
        self._resume()
        return messages

    def send_now(self, text: str) -> bool:
        """Send a message, unless it would have to wait, or the connection has ended; return whether it was sent."""
        if self.paused or self.state is not State.OPEN or self.transport.is_closing():
            return False
        self.protocol.send_text(text.encode())
        self.send_data()
        return True

    def _resume(self) -> None:
        """Read the server again once few messages wait."""
        if self._held_up and len(self._messages) <= RESUMED_AT:
            self._held_up = False
            self.transport.resume_reading()

    def process_event(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode in _FIRST:
            self._messages.append(bytes(event.data) if event.fin else None)
            self._changed.set()
            if len(self._messages) > WAITING_LIMIT and not self._held_up:
                self._held_up = True
                self.transport.pause_reading()
            if event.fin:
                return
        super().process_event(event)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._changed.set()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_write_buffer_size() > SIZE_LIMIT:
            self.give_up("the server does not read the answers to its pings")
        self._end_if_over()

    def eof_received(self) -> None:
        super().eof_received()
        self._end_if_over()

    def start_keepalive(self) -> None:
        if self.state is State.OPEN:  # data after the handshake's response may have ended it
            super().start_keepalive()

    def give_up(self, reason: str) -> None:
        """End the connection without waiting for the server.

        The code is the one with which the library ends a connection whose pings are not answered.
        """
        if self.state is State.OPEN:
            self.protocol.fail(CloseCode.INTERNAL_ERROR, reason)
        self.transport.abort()

    def _end_if_over(self) -> None:
        """Abort TCP after a close frame of the server, or an error in what it sent; the answer is on its way by now.

        `abort`, because `close` waits for a server that does not read and, over TLS, for its farewell.
        """
        if self.protocol.close_rcvd is not None or self.protocol.parser_exc is not None:
            self.transport.abort()
