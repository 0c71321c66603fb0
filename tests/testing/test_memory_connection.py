"""A connection in memory ends as a real one does."""

from __future__ import annotations

import anyio
import pytest

from realtime_sdk.errors import ConnectionLost
from realtime_sdk.testing import run_virtual
from realtime_sdk.testing._memory_connection import ClientEnd, MemoryConnection, ServerEnd
from realtime_sdk.transports._transport import Transport


def ends() -> tuple[ClientEnd, ServerEnd]:
    connection = MemoryConnection()
    return ClientEnd(connection), ServerEnd(connection)


def test_it_is_a_transport() -> None:
    assert isinstance(ends()[0], Transport)


def test_frames_arrive_in_order_both_ways() -> None:
    async def main() -> None:
        client, server = ends()
        for frame in ("one", "two"):
            await client.send(frame)
            await server.send(frame.encode())
        assert [await server.receive() for _ in range(2)] == ["one", "two"]
        assert [await client.receive() for _ in range(2)] == [b"one", b"two"]

    run_virtual(main)


def test_what_was_sent_arrives_before_the_end_and_nothing_goes_after_it() -> None:
    async def main() -> None:
        client, server = ends()
        await server.send("last words")
        await server.close(1001, "bye")
        assert await client.receive() == "last words"
        for _ in range(2):
            with pytest.raises(ConnectionLost, match="1001 bye") as lost:
                await client.receive()
            assert (lost.value.code, lost.value.reason) == (1001, "bye")
        with pytest.raises(ConnectionLost):
            await client.send("too late")
        await server.close()
        await client.close()

    run_virtual(main)


def test_an_aborted_connection_loses_the_frames_in_flight() -> None:
    async def main() -> None:
        client, server = ends()
        await server.send("lost")
        server.abort()
        with pytest.raises(ConnectionLost, match="broke off") as lost:
            await client.receive()
        assert lost.value.code is None

    run_virtual(main)


def test_the_end_wakes_both_sides() -> None:
    async def wait(end: ClientEnd | ServerEnd, woken: list[str]) -> None:
        with pytest.raises(ConnectionLost):
            await end.receive()
        woken.append(type(end).__name__)

    async def main() -> list[str]:
        client, server = ends()
        woken: list[str] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait, client, woken)
            tasks.start_soon(wait, server, woken)
            await anyio.sleep(1.0)
            await client.close()
        return woken

    assert sorted(run_virtual(main)) == ["ClientEnd", "ServerEnd"]


def test_a_cancelled_receive_loses_no_frame() -> None:
    async def main() -> None:
        client, server = ends()
        with anyio.move_on_after(1.0):
            await client.receive()
        await server.send("kept")
        with anyio.CancelScope() as scope:
            scope.cancel()
            await client.receive()
        assert await client.receive() == "kept"

    run_virtual(main)


def test_jitter_makes_frames_come_sooner_or_later_but_never_out_of_order() -> None:
    async def main() -> None:
        connection = MemoryConnection(latency=0.15, jitter=0.05)
        client, server = ClientEnd(connection), ServerEnd(connection)
        delays = []
        for n in range(100):
            sent = anyio.current_time()
            await server.send(str(n))
            assert await client.receive() == str(n)
            delays.append(anyio.current_time() - sent)
        assert 0.1 <= min(delays) < 0.11 and 0.19 < max(delays) <= 0.2
        for n in range(100):
            await server.send(str(n))
        assert [await client.receive() for _ in range(100)] == [str(n) for n in range(100)]

    run_virtual(main)
