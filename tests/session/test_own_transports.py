"""An endpoint of the application's own may fail in ways of its own: that costs an attempt, never the session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from realtime_sdk import ConnectionFailed, Disconnected, Session, UsageError, connect
from realtime_sdk.session.connection._connection import BURST, Connection
from realtime_sdk.session.observers._log import SessionLog
from realtime_sdk.testing import FakeServer, run_virtual
from realtime_sdk.transports import Transport


class OwnTransport:
    """A transport of the application's own, which fails once it is given a text, or as it is closed."""

    def __init__(self, inner: Transport, fault: str) -> None:
        self._inner = inner
        self._fault = fault
        self._fails = False  # from now on

    async def send(self, text: str) -> None:
        self._fails = "conversation.item.create" in text
        if self._fails and self._fault == "send":
            raise BrokenPipeError("broken pipe")
        await self._inner.send(text)

    async def receive(self) -> Any:
        if self._fails and self._fault == "receive":
            raise EOFError
        if self._fails and self._fault == "none":
            return None
        return await self._inner.receive()

    async def close(self) -> None:
        await self._inner.close()
        if self._fault == "close":
            raise OSError("closed already")


class OwnEndpoint:
    """An endpoint of the application's own, whose connections have these faults, one after the other."""

    name = "the tunnel"

    def __init__(self, server: FakeServer, *faults: str | Exception | None) -> None:
        self._server = server
        self._faults: Iterator[str | Exception | None] = iter(faults)

    async def connect(self, model: str | None, api_key: str | None) -> Any:
        fault = next(self._faults, None)
        if isinstance(fault, Exception):
            raise fault
        if fault == "no transport":
            return None
        inner = await self._server.connect(model, api_key)
        return inner if fault is None else OwnTransport(inner, fault)


def hold(*faults: str | Exception | None, breaks: bool = False) -> tuple[str, list[Any]]:
    """Hold a talk over an endpoint with these faults; return the session's state after that, and its losses."""

    async def main() -> tuple[str, list[Any]]:
        async with FakeServer() as server:
            endpoint = OwnEndpoint(server, *faults)
            async with connect(endpoint=endpoint, speaker=None, microphone=None, instructions="Be brief.") as session:
                state = await talk(session, server)
            return state, [event async for event in session.events(Disconnected)]

    async def talk(session: Session, server: FakeServer) -> str:
        session.send_text("Hello.", respond=False)
        if breaks:
            server.break_off()
        await anyio.sleep(5.0)
        return session.state

    return run_virtual(main)


@pytest.mark.parametrize("error", [OSError("no route to host"), TimeoutError(), KeyError("port")], ids=repr)
def test_what_the_endpoint_raises_has_failed_the_attempt(error: Exception) -> None:
    with pytest.raises(ConnectionFailed, match=r"^the tunnel can't be reached: connect\(…\) raised \w+$") as failed:
        hold(error)
    assert failed.value.__cause__ is error
    state, losses = hold(None, error, breaks=True)
    assert state == "listening"
    assert [loss.will_retry for loss in losses] == [True]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("receive", "the transport failed: EOFError"),
        ("none", "the transport received None, which is no frame"),
        ("send", "the transport failed: BrokenPipeError: broken pipe"),
    ],
)
def test_what_a_transport_raises_is_the_end_of_its_connection(fault: str, reason: str) -> None:
    state, [loss] = hold(fault)
    assert state == "listening"
    assert loss.will_retry
    assert loss.reason.startswith(reason)


def test_a_transport_that_fails_to_close_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert hold("close")[0] == "listening"
    assert "sess_1: the transport failed to close: OSError: closed already" in caplog.messages


def test_an_endpoint_that_returns_no_transport_is_named() -> None:
    with pytest.raises(UsageError, match=r"^the tunnel: connect\(…\) returns a Transport, not None$"):
        hold("no transport")


class Flooded:
    """A transport that always has the next frame."""

    async def send(self, text: str) -> None:
        pass

    async def receive(self) -> str:
        return "{}"

    async def close(self) -> None:
        pass


def test_a_transport_that_never_waits_leaves_time_for_others() -> None:
    async def main() -> int:
        connection = Connection(Flooded(), None, SessionLog())
        turns = 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take_turns)
            for _ in range(10 * BURST):
                await connection.receive()
            tasks.cancel_scope.cancel()
        return turns

    assert run_virtual(main) >= 9
