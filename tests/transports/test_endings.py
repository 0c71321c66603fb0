"""Ends of a connection whose TCP stays open: they are known as soon as the WebSocket connection is over.

The servers are sockets that send bytes. Nothing here waits for longer than the event loop and the kernel take, but for
the limits that are themselves under test, which are set low.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from websockets.frames import Close, Frame, Opcode

from realtime_sdk.errors import ConnectionLost
from realtime_sdk.session.connection._reconnect import final_cause
from realtime_sdk.transports import _websocket as websocket, _websocket_connection as websocket_connection
from realtime_sdk.transports._endpoints import UrlEndpoint
from realtime_sdk.transports._transport import Transport

from .servers import serving_bytes

AT_ONCE = 12.0
"""Seconds: plenty for a loopback on a busy machine, and less than until a ping has no answer, which would find out."""


def frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=False)


def close(code: int, reason: str = "") -> bytes:
    return frame(Opcode.CLOSE, Close(code, reason).serialize())


def talk_to(*chunks: bytes, talk: Callable[[Transport], Awaitable[None]], reads: bool = True) -> None:
    """Run `talk` on a transport to a server that sends these bytes and leaves TCP open."""

    async def main() -> None:
        async with serving_bytes(*chunks, reads=reads) as url:
            transport = await UrlEndpoint(url).connect(None, None)
            try:
                await talk(transport)
            finally:
                await transport.close()

    asyncio.run(main())


async def end_of(transport: Transport) -> ConnectionLost:
    """What `receive` raises, at once."""
    async with asyncio.timeout(AT_ONCE):
        with pytest.raises(ConnectionLost) as lost:
            await transport.receive()
    return lost.value


def test_frames_sent_before_a_close_frame_are_received_before_the_end() -> None:
    async def talk(transport: Transport) -> None:
        assert await transport.receive() == b"first"
        assert await transport.receive() == b"second"
        lost = await end_of(transport)
        assert (lost.code, lost.reason) == (4001, "bye")
        assert str(lost).endswith("closed the connection: 4001 (private use) bye")

    talk_to(frame(Opcode.TEXT, b"first"), frame(Opcode.TEXT, b"second"), close(4001, "bye"), talk=talk)


def test_nothing_can_be_sent_after_a_close_frame() -> None:
    async def talk(transport: Transport) -> None:
        assert await transport.receive() == b"{}"
        async with asyncio.timeout(AT_ONCE):
            with pytest.raises(ConnectionLost) as lost:
                await transport.send("{}")
        assert (lost.value.code, lost.value.reason) == (1011, "internal error")
        assert (await end_of(transport)).code == 1011

    talk_to(frame(Opcode.TEXT, b"{}") + close(1011, "internal error"), talk=talk)


@pytest.mark.parametrize(
    ("broken", "code", "why"),
    [
        (bytes([0x8F, 0]), 1002, "invalid opcode"),
        (frame(Opcode.CONT, b"x"), 1002, "unexpected continuation frame"),
        (bytes([0xC1, 1]) + b"x", 1002, "reserved bits must be 0"),
        (bytes([0x81, 0x81, 1, 2, 3, 4]) + b"x", 1002, "incorrect masking"),
        (frame(Opcode.CLOSE, b"\x00\x01"), 1002, "invalid status code"),
        (frame(Opcode.CLOSE, b"\x03\xe8\xff"), 1007, "invalid start byte"),
        (b"\x81\x7f" + (2**62).to_bytes(8, "big"), 1009, "exceeds limit"),
    ],
)
def test_a_protocol_error_ends_the_connection(broken: bytes, code: int, why: str) -> None:
    async def talk(transport: Transport) -> None:
        assert await transport.receive() == b"{}"
        lost = await end_of(transport)
        assert lost.code == code
        assert "this side closed the connection" in str(lost)
        assert why in str(lost)
        with pytest.raises(ConnectionLost):
            await transport.send("{}")

    talk_to(frame(Opcode.TEXT, b"{}") + broken, talk=talk)


def test_a_message_without_an_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "SIZE_LIMIT", 1000)

    async def talk(transport: Transport) -> None:
        lost = await end_of(transport)
        assert lost.code == 1009

    talk_to(frame(Opcode.BINARY, b"x" * 600, fin=False), frame(Opcode.CONT, b"x" * 600, fin=False), talk=talk)


@pytest.mark.parametrize("reason", ["\x1b[2J\x1b]0;owned\x07", "one\ntwo\r\n", "\u202etxt.exe"])
def test_a_reason_shows_no_control_characters(reason: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "realtime_sdk")

    async def talk(transport: Transport) -> None:
        lost = await end_of(transport)
        assert lost.code == 4000
        for text in (str(lost), lost.reason, *(record.getMessage() for record in caplog.records)):
            assert text.isprintable()

    talk_to(close(4000, reason), talk=talk)


def test_a_close_that_comes_with_the_handshake_is_reported_by_the_first_receive() -> None:
    async def talk(transport: Transport) -> None:
        assert (await end_of(transport)).code == 3000
        assert not [task for task in asyncio.all_tasks() if "keepalive" in repr(task)]

    talk_to(close(3000, "invalid_request_error.invalid_api_key"), talk=talk)


def test_a_server_that_answers_no_ping_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "PING_INTERVAL", 0.02)
    monkeypatch.setattr(websocket, "PING_TIMEOUT", 0.03)
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.05)

    async def talk(transport: Transport) -> None:
        lost = await end_of(transport)
        assert lost.code == 1011
        assert lost.reason.endswith("has answered no ping for 0.03 s: it hangs, or the network does")

    talk_to(talk=talk)


def test_a_server_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "SEND_TIMEOUT", 0.05)

    async def talk(transport: Transport) -> None:
        with pytest.raises(ConnectionLost, match=r"this side closed.*the server has read nothing for 0.05 s"):
            while True:
                await transport.send("x" * 1_000_000)
        lost = await end_of(transport)
        assert lost.code == 1011
        assert final_cause(lost) is None  # 1008 would be the server's policy
        with pytest.raises(ConnectionLost):
            await transport.send("{}")

    talk_to(reads=False, talk=talk)


def test_a_server_that_asks_for_answers_and_reads_none_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_connection, "SIZE_LIMIT", 100_000)

    async def talk(transport: Transport) -> None:
        async with asyncio.timeout(60.0):
            with pytest.raises(ConnectionLost, match="does not read the answers to its pings"):
                await transport.receive()

    talk_to(frame(Opcode.PING, b"x" * 125) * 200_000, reads=False, talk=talk)


def test_closing_takes_no_longer_than_its_limit_whatever_the_server_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.05)

    async def talk(transport: Transport) -> None:
        sending = asyncio.ensure_future(transport.send("x" * 50_000_000))  # more than both kernels take
        await asyncio.wait([sending], timeout=0.05)
        assert not sending.done()
        async with asyncio.timeout(AT_ONCE):
            await transport.close()
            with pytest.raises(ConnectionLost, match="this side closed"):
                await sending

    talk_to(reads=False, talk=talk)
