"""The telephone bridge among the examples, served by uvicorn on a real socket, with calls in real time."""

from __future__ import annotations

import asyncio

import pytest
import websockets

from realtime_sdk.testing import FakeCall, FakeServer, message

from ..examples.running import example
from .serving import serving

pytestmark = pytest.mark.real


async def barge_in(url: str, server: FakeServer) -> None:
    async with websockets.connect(url) as wire, FakeCall(wire) as call:
        await call.wait_until_heard(0.5)
        await server.user_speaks("Stop.", seconds=0.2)
        truncate = await server.wait_for("conversation.item.truncate")
        await call.wait_until_cleared()
        assert 0 < truncate["audio_end_ms"] / 1000 <= call.heard_seconds
        assert call.cleared == 1


async def lose_the_socket(url: str) -> None:
    async with websockets.connect(url) as wire, FakeCall(wire) as call:
        await call.wait_until_heard(0.3)
        wire.transport.abort()
        await call.wait_closed()


def test_a_call_over_a_real_socket_is_cut_where_it_was_heard_and_ends_with_its_socket() -> None:
    bridge = example("telephone_bridge")["telephone_bridge"]

    async def main() -> None:
        server = FakeServer()
        for _ in range(2):
            server.reply(message("A long legal notice.", seconds=10.0))
        async with server:
            async with serving(bridge(endpoint=server)) as host:
                await lose_the_socket(f"ws://{host}/media")
                await barge_in(f"ws://{host}/media", server)
            assert all(connection.over for connection in server.connections)

    asyncio.run(main())
