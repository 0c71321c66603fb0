from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from realtime_sdk._runtime import clock
from realtime_sdk.errors import ConnectionFailed, ConnectionLost
from realtime_sdk.testing import run_virtual
from realtime_sdk.transports._endpoints import UrlEndpoint
from realtime_sdk.transports._transport import Transport
from realtime_sdk.transports._websocket import WebSocketTransport
from realtime_sdk.transports._websocket_connection import RESUMED_AT, WAITING_LIMIT, WebSocketConnection

from .servers import echo, serving, wait_closed

Talk = Callable[[Transport], Awaitable[None]]


def talk_to(handler: Callable[[ServerConnection], Awaitable[None]], talk: Talk) -> None:
    """Run `talk` on a transport to a server that runs `handler`."""
    asyncio.run(_talk_to(handler, talk))


async def _talk_to(handler: Callable[[ServerConnection], Awaitable[None]], talk: Talk) -> None:
    async with serving(handler) as url:
        transport = await UrlEndpoint(url).connect(None, None)
        try:
            await talk(transport)
        finally:
            await transport.close()


def test_a_frame_is_received_as_it_was_sent() -> None:
    async def talk(transport: Transport) -> None:
        await transport.send('{"type": "grüße"}')
        assert await transport.receive() == '{"type": "grüße"}'.encode()

    talk_to(echo, talk)


def test_a_websocket_is_a_transport() -> None:
    async def talk(transport: Transport) -> None:
        assert isinstance(transport, Transport)

    talk_to(wait_closed, talk)


def test_a_frame_of_five_megabytes_arrives() -> None:
    async def talk(transport: Transport) -> None:
        text = "x" * 5_000_000
        await transport.send(text)
        assert await transport.receive() == text.encode()

    talk_to(echo, talk)


def test_nothing_is_compressed() -> None:
    async def say_extensions(connection: ServerConnection) -> None:
        assert connection.request is not None
        await connection.send(connection.request.headers.get("Sec-WebSocket-Extensions", "none"))
        await connection.wait_closed()

    async def talk(transport: Transport) -> None:
        assert await transport.receive() == b"none"

    talk_to(say_extensions, talk)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1000, ""), (1001, "session expired"), (1011, "internal error"), (3000, "invalid_request_error.invalid_api_key")],
)
def test_a_connection_that_the_server_closes_is_lost_even_with_code_1000(code: int, reason: str) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.send("{}")
        await connection.close(code, reason)

    async def talk(transport: Transport) -> None:
        assert await transport.receive() == b"{}"
        with pytest.raises(ConnectionLost) as lost:
            await transport.receive()
        assert (lost.value.code, lost.value.reason) == (code, reason)
        assert str(code) in str(lost.value)
        with pytest.raises(ConnectionLost) as lost:
            await transport.send("{}")
        assert lost.value.code == code

    talk_to(close, talk)


def test_a_connection_that_breaks_off_has_no_code() -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def talk(transport: Transport) -> None:
        with pytest.raises(ConnectionLost, match="broke off") as lost:
            await transport.receive()
        assert lost.value.code is None

    talk_to(abort, talk)


def test_a_close_may_be_repeated_and_ends_receiving() -> None:
    async def talk(transport: Transport) -> None:
        waiting = asyncio.ensure_future(transport.receive())
        await asyncio.sleep(0)
        await transport.close()
        await transport.close()
        with pytest.raises(ConnectionLost, match="this side closed"):
            await waiting

    talk_to(wait_closed, talk)


def test_a_server_that_does_not_answer_the_close_is_left() -> None:
    gone = asyncio.Event()

    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()  # the close is never seen
        await connection.send("{}")
        await gone.wait()
        connection.transport.abort()

    async def talk(transport: Transport) -> None:
        assert await transport.receive() == b"{}"
        await transport.close()
        gone.set()
        with pytest.raises(ConnectionLost, match="this side closed"):
            await transport.receive()

    talk_to(deaf, talk)


def test_a_cancelled_receive_loses_no_frame() -> None:
    async def talk(transport: Transport) -> None:
        waiting = asyncio.ensure_future(transport.receive())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await transport.send("one")
        assert await transport.receive() == b"one"

    talk_to(echo, talk)


@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "all that have arrived"])
def test_messages_keep_their_order_in_whatever_frames_they_come(at_once: bool) -> None:
    async def say(connection: ServerConnection) -> None:
        await connection.send("one")
        await connection.send(["t", "w", "o"])  # in fragments
        await connection.send("three")
        await connection.wait_closed()

    async def talk(transport: Transport) -> None:
        assert isinstance(transport, WebSocketTransport)
        messages: list[bytes] = []
        while len(messages) < 3:
            messages.append(await transport.receive())
            messages += transport.arrived() if at_once else ()
        assert messages == [b"one", b"two", b"three"]

    talk_to(say, talk)


class Socket(asyncio.Transport):
    """A socket that only knows how often its reading was paused."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses = self.resumptions = 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        self.pauses += 1

    def resume_reading(self) -> None:
        self.resumptions += 1


def test_a_server_has_to_wait_while_many_messages_are_not_read() -> None:
    async def main() -> None:
        socket = Socket()
        connection = WebSocketConnection(ClientProtocol(parse_uri("ws://host")))
        connection.connection_made(socket)
        connection.response = Response(101, "Switching Protocols", Headers())
        for _ in range(WAITING_LIMIT):
            connection.process_event(Frame(Opcode.TEXT, b"{}"))
        assert socket.pauses == 0
        connection.process_event(Frame(Opcode.TEXT, b"{}"))
        assert socket.pauses == 1
        for _ in range(WAITING_LIMIT - RESUMED_AT):
            await connection.next_message()
        assert socket.resumptions == 0
        await connection.next_message()
        assert socket.resumptions == 1
        assert len(connection.waiting_messages()) == RESUMED_AT

    asyncio.run(main())


def test_a_frame_is_sent_at_once_while_there_is_room_and_the_connection_is_open() -> None:
    async def talk(transport: Transport) -> None:
        assert isinstance(transport, WebSocketTransport)
        assert transport.send_now("one") and transport.send_now("two")
        assert [await transport.receive() for _ in range(2)] == [b"one", b"two"]
        await transport.close()
        assert not transport.send_now("three")

    talk_to(echo, talk)


def test_a_frame_is_not_sent_at_once_while_the_server_does_not_read() -> None:
    async def talk(transport: Transport) -> None:
        assert isinstance(transport, WebSocketTransport)
        text, sent = "x" * 2**20, 0
        while transport.send_now(text):
            sent += 1
            assert sent < 100, "it piles up here"

    talk_to(wait_closed, talk)


def test_a_transport_shows_its_server_and_state() -> None:
    async def talk(transport: Transport) -> None:
        assert "ws://127.0.0.1" in repr(transport)
        assert "OPEN" in repr(transport)
        await transport.close()
        assert "CLOSED" in repr(transport)

    talk_to(wait_closed, talk)


class SlowLine:
    """A connection on which a frame is sent in 100 s, a little every 10 s."""

    state = State.OPEN

    def __init__(self) -> None:
        self.transport = self
        self.began = clock.now()

    def get_write_buffer_size(self) -> int:
        return 10 - int((clock.now() - self.began) / 10.0)

    async def send(self, text: str) -> None:
        await asyncio.sleep(100.0)


def test_a_large_frame_may_take_minutes_on_a_slow_line() -> None:
    async def main() -> None:
        line: Any = SlowLine()
        await WebSocketTransport(line, "the server").send("x" * 2**20)
        assert clock.now() - line.began == 100.0

    run_virtual(main)


def test_a_server_that_is_not_there_is_named() -> None:
    async def main() -> None:
        async with serving(wait_closed) as url:
            pass  # it is gone now, and its port free
        with pytest.raises(ConnectionFailed, match=f"^{url} can't be reached: no server listens there; start it, or"):
            await UrlEndpoint(url).connect(None, None)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] ::1, [Errno {errno.ECONNREFUSED}] 127.0.0.1"),
         "no server listens there; start it, or correct the address"),
        (OSError(f"Multiple exceptions: [Errno {errno.ECONNREFUSED}] ::1, [Errno {errno.ENETUNREACH}] 192.0.2.1"),
         "Multiple exceptions: .*; check the network and the address"),
        (socket.gaierror(-2, "Name or service not known"), "its host is not found; check the network and the address"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"),
         "Network is unreachable; check the network and the address"),
    ],
)  # fmt: skip
def test_a_server_that_is_out_of_reach_is_named_with_what_to_do(
    error: OSError, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **_options: object) -> None:
        raise error

    async def main() -> None:
        monkeypatch.setattr("realtime_sdk.transports._websocket.dial", fail)
        with pytest.raises(ConnectionFailed, match=f"^wss://a.example can't be reached: {reason}$"):
            await UrlEndpoint("wss://a.example").connect(None, None)

    asyncio.run(main())


def test_an_answer_that_is_no_websocket_is_named() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(ConnectionFailed, match="answered, but not as a WebSocket server"):
                await UrlEndpoint(url).connect(None, None)

    asyncio.run(main())
