"""The server on a real socket of this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime_sdk.server._backend import Audio, Output, Request, Text
from realtime_sdk.server._connection import Channel, Connection
from realtime_sdk.server._query import Query
from realtime_sdk.server._rules import ServerSession
from realtime_sdk.server._socket import serve_connections
from realtime_sdk.testing import noise

from .helpers import append, user_message

pytestmark = pytest.mark.real


class Greeting:
    async def respond(self, _request: Request) -> AsyncIterator[Output]:
        yield Text("Hello.")
        yield Audio(noise(0.5, seed=1))


def connection(channel: Channel, query: Query) -> Connection:
    return Connection(channel, ServerSession(model=query.model or "default"), Greeting())


def test_a_conversation_over_a_socket() -> None:
    async def main() -> None:
        async with serve_connections(connection) as url, connect(f"{url}?model=mine") as client:
            created = json.loads(await client.recv())
            assert created["session"]["model"] == "mine"
            await client.send(json.dumps({"type": "response.create"}))
            async for frame in client:
                event = json.loads(frame)
                if event["type"] == "response.done":
                    break
            assert event["response"]["usage"]["output_token_details"]["audio_tokens"] == 10

    asyncio.run(main())


def test_it_listens_on_loopback_by_default() -> None:
    async def main() -> None:
        async with serve_connections(connection) as url:
            assert url.startswith("ws://127.0.0.1:")
            assert url.endswith("/v1/realtime")

    asyncio.run(main())


def test_another_path_is_not_found() -> None:
    async def main() -> None:
        async with serve_connections(connection) as url:
            with pytest.raises(InvalidStatus) as refused:
                await connect(url.replace("/v1/realtime", "/v1/chat"))
            assert refused.value.response.status_code == 404

    asyncio.run(main())


def test_a_web_page_is_turned_away() -> None:
    async def main() -> None:
        async with serve_connections(connection) as url:
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, origin="https://example.com")  # type: ignore[arg-type]
            assert refused.value.response.status_code == 403

    asyncio.run(main())


def test_the_largest_append_arrives() -> None:
    async def main() -> None:
        async with serve_connections(connection) as url, connect(url, compression=None) as client:
            await client.recv()
            await client.send(json.dumps(append(15 * 1024 * 1024 / 48_000 - 0.01)))
            await client.send(json.dumps(user_message("Still there?")))
            assert json.loads(await client.recv())["type"] == "conversation.item.added"

    asyncio.run(main())


def test_a_frame_larger_than_that_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.server._socket.MAX_FRAME", 1000)

    async def main() -> None:
        async with serve_connections(connection) as url, connect(url) as client:
            await client.recv()
            await client.send(json.dumps(user_message("x" * 1000)))
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009

    asyncio.run(main())


def test_leaving_ends_every_connection() -> None:
    async def main() -> None:
        async with serve_connections(connection) as url:
            client = await connect(url)
            await client.recv()
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001

    asyncio.run(main())
