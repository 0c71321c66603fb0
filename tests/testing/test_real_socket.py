"""A FakeServer on a real socket."""

from __future__ import annotations

import asyncio
import json

import pytest

from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.errors import ConnectionFailed, ConnectionLost, UsageError
from realtime_sdk.testing import (
    Close,
    ConnectionFault,
    Expire,
    FakeServer,
    Phase,
    Refuse,
    Reset,
    Silence,
    message,
)
from realtime_sdk.transports._endpoints import UrlEndpoint
from realtime_sdk.transports._transport import Endpoint

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


@pytest.mark.real
@pytest.mark.parametrize(
    ("fault", "code"), [(Close(1001), 1001), (Close(1006), None), (Reset(), None), (Expire(), 1001)], ids=repr
)
def test_a_fault_ends_a_real_socket_as_it_ends_a_connection_in_memory(fault: ConnectionFault, code: int | None) -> None:
    async def main() -> list[int | None]:
        server = FakeServer()
        server.fail(fault, at=Phase.THINKING)
        server.fail(fault, at=Phase.THINKING, nth=2)
        async with server, server.listen() as url:
            ends = []
            for transport in (await UrlEndpoint(url).connect(None, None), await server.connect(None, None)):
                await transport.send(json.dumps(CREATE))
                ends.append((await end_of(transport)).code)
            return ends

    assert asyncio.run(main()) == [code, code]


@pytest.mark.real
def test_a_silent_real_socket_stays_open_and_carries_nothing() -> None:
    async def main() -> None:
        server = FakeServer()
        server.fail(Silence(), at=Phase.CREATED)
        async with server, server.listen() as url:
            transport = await UrlEndpoint(url).connect(None, None)
            await transport.receive()
            await transport.send(json.dumps(CREATE))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await transport.receive()
            await transport.close()
        assert server.received == []

    asyncio.run(main())


@pytest.mark.real
def test_a_handshake_is_refused_alike_on_a_real_socket_and_in_memory() -> None:
    refusals = [Refuse(401), Refuse(404), Refuse(429), Refuse(503), Refuse(502, body="<html>Bad Gateway</html>")]

    async def failure(endpoint: Endpoint) -> str:
        with pytest.raises(ConnectionFailed) as failed:
            await endpoint.connect(None, None)
        return str(failed.value).replace(endpoint.name, "the server")

    async def main() -> None:
        server = FakeServer()
        async with server, server.listen() as url:
            for refusal in refusals:
                server.refuse_connections(2, refusal)
                assert await failure(UrlEndpoint(url)) == await failure(server)
            server.fail(Reset(), at=Phase.CONNECTING)
            server.fail(Reset(), at=Phase.CONNECTING, nth=2)
            on_a_socket = await failure(UrlEndpoint(url))  # which may expect TLS
            advice = ": if the server is encrypted, its address is wss://"
            assert on_a_socket == await failure(server) + advice

    asyncio.run(main())
