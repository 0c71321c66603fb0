"""The telephone bridge among the examples, served by uvicorn on a real socket, with calls in real time."""

from __future__ import annotations

import asyncio
import runpy
import socket
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import websockets

from realtime_sdk.testing import FakeCall, FakeServer, message

pytestmark = pytest.mark.real

EXAMPLE = Path(__file__).parents[2] / "examples" / "telephone_bridge.py"


class Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, lifespan="off", log_level="warning", ws="websockets-sansio"))
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()


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
    bridge = runpy.run_path(str(EXAMPLE))["telephone_bridge"]

    async def main() -> None:
        server = FakeServer()
        for _ in range(2):
            server.reply(message("A long legal notice.", seconds=10.0))
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{listening.getsockname()[1]}/media"
        async with server:
            gateway_side = Server(bridge(endpoint=server))
            serving = asyncio.create_task(gateway_side.serve([listening]))
            await gateway_side.listens.wait()
            await lose_the_socket(url)
            await barge_in(url, server)
            gateway_side.should_exit = True
            await serving
            assert all(connection.over for connection in server.connections)

    asyncio.run(main())
