"""A FakeServer on a real socket."""

from __future__ import annotations

import asyncio
import json

import pytest

from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.errors import ConnectionLost, UsageError
from realtime_sdk.testing import FakeServer, message
from realtime_sdk.transports._endpoints import UrlEndpoint

from .helpers import CREATE, end_of


@pytest.mark.real
def test_it_listens_on_a_real_socket_too() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=0.5))

    async def main() -> None:
        async with server, server.listen() as url:
            transport = await UrlEndpoint(url).connect("some-model", None)
            created = json.loads(await transport.receive())
            assert created["session"]["model"] == "some-model"
            await transport.send(json.dumps(CREATE))
            while json.loads(await transport.receive())["type"] != "response.done":
                pass
            await transport.close()

    asyncio.run(main())
    assert to_frames(server.items[0].seconds) == 12_000


@pytest.mark.real
def test_a_real_socket_breaks_off_without_a_close() -> None:
    server = FakeServer()

    async def main() -> ConnectionLost:
        async with server, server.listen() as url:
            transport = await UrlEndpoint(url).connect(None, None)
            await transport.receive()
            server.break_off()
            return await end_of(transport)

    assert asyncio.run(main()).code is None
    assert server.connections[-1].over


@pytest.mark.real
def test_a_server_that_only_listens_says_where() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server.listen() as url:
            with pytest.raises(UsageError, match=f"while it only listens, connect to its address, {url}"):
                await server.connect(None, None)
        with pytest.raises(UsageError, match="enter it first") as refused:
            await server.connect(None, None)
        assert "listens" not in str(refused.value)

    asyncio.run(main())
