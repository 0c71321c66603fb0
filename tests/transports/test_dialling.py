"""A host is reached by its name at any of its addresses; no resolver that hangs holds the program up."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from realtime_sdk import ConnectionFailed
from realtime_sdk.transports import UrlEndpoint
from realtime_sdk.transports._dialling import is_dialled_by_name

from .servers import serving, wait_closed


@pytest.fixture(autouse=True)
def without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.transports._dialling.getproxies", dict)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Let every name be that of the loopback, at these ports, one after the other."""
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)


async def closed_port() -> int:
    async with serving(wait_closed) as url:
        return int(url.rpartition(":")[2])


def test_the_next_address_is_tried_where_one_takes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        closed = await closed_port()
        async with serving(wait_closed) as url:
            resolve_to(monkeypatch, closed, int(url.rpartition(":")[2]))
            transport = await UrlEndpoint("ws://a.example/v1").connect(None, None)
            await transport.close()

    asyncio.run(main())


@pytest.mark.parametrize("count", [1, 2])
def test_where_no_address_takes_a_connection_no_server_listens(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        resolve_to(monkeypatch, *[await closed_port()] * count)
        with pytest.raises(ConnectionFailed, match="can't be reached: no server listens there"):
            await UrlEndpoint("ws://a.example/v1").connect(None, None)

    asyncio.run(main())


def test_neither_a_caller_nor_the_end_of_the_loop_waits_for_a_resolver_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_answer, has_answered = threading.Event(), threading.Event()

    async def main() -> None:
        loop, asked = asyncio.get_running_loop(), asyncio.Event()

        def hang(*_: object, **__: object) -> Any:
            loop.call_soon_threadsafe(asked.set)
            may_answer.wait(60.0)
            has_answered.set()
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        connecting = asyncio.create_task(UrlEndpoint("ws://a.example/v1").connect(None, None))
        await asked.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting

    asyncio.run(main())
    assert not has_answered.is_set()
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "driver")  # nor that of the program
    may_answer.set()


@pytest.mark.parametrize("url", ["ws://192.0.2.1/v1", "wss://[2001:db8::1]:8443"])
def test_a_number_is_not_looked_up(url: str) -> None:
    assert not is_dialled_by_name(url)


def test_behind_a_proxy_the_name_is_the_proxys_to_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.transports._dialling.getproxies", lambda: {"https": "http://proxy.example"})
    assert not is_dialled_by_name("wss://a.example")
