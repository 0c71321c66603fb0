"""Real talks whose TCP connection is cut, reset and stalled: what was received is heard without a gap.

The server is the local voice, the speaker a null sink whose monitor is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import numpy as np
import pytest

from realtime_sdk import Disconnected, MessageItem, Reconnected, Session, Speaker, connect
from realtime_sdk.audio._pcm import Pcm, to_seconds
from realtime_sdk.local import LocalServer
from realtime_sdk.transports import _websocket

from .attempts import in_attempts
from .sound_server import PATIENT, Ear, listening
from .talks import until_heard
from .tcp_proxy import TcpProxy

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.usefixtures("sound_server")]

LONG: Final = (
    "Repeat after me: On a rock far out at sea stood a lighthouse. Its keeper wished every ship a good night. "
    "No ship ever answered, for the wind carried his words away. One winter the lamp went out. "
    "He called into the dark as loud as he could, and from every ship there came a light."
)

RECEIVED: Final = 3.0
"""Seconds of the reply that are received when the connection fails."""

PATIENCE: Final = 60.0
"""Seconds within which a talk goes on, on a machine under load."""


@asynccontextmanager
async def talk() -> AsyncIterator[tuple[Session, TcpProxy, Ear]]:
    """A talk with the local voice through a proxy, and an ear in front of its speaker."""
    async with (
        listening() as ear,
        LocalServer() as server,
        TcpProxy(server.url).listen() as proxy,
        connect(endpoint=proxy.url, microphone=None, speaker=Speaker(latency=PATIENT)) as session,
    ):
        yield session, proxy, ear


async def receive(message: MessageItem, proxy: TcpProxy, fail: Callable[[TcpProxy], None]) -> Pcm:
    """Take all of a message that comes; the connection fails in the middle of it, while it is heard."""
    pieces: list[Pcm] = []
    async for pcm in message.audio():
        before = to_seconds(sum(map(len, pieces)))
        pieces.append(pcm)
        if before < RECEIVED <= to_seconds(sum(map(len, pieces))):
            await until_heard(message, 0.0)
            fail(proxy)
    return np.concatenate(pieces)


async def one_message(session: Session) -> MessageItem:
    async for item in await anext(session.responses()):
        if isinstance(item, MessageItem):
            return item
    raise AssertionError("the response has no message")


def is_part_of(part: Pcm, whole: Pcm) -> bool:
    """Whether `part`, without the silence around it, was recorded without a gap."""
    loud = np.flatnonzero(part)
    return part[loud[0] : loud[-1] + 1].tobytes() in whole.tobytes()


@in_attempts
@pytest.mark.parametrize("fail", [TcpProxy.cut, TcpProxy.reset, TcpProxy.stall], ids=lambda fail: fail.__name__)
def test_what_was_received_is_heard_without_a_gap_and_the_talk_goes_on(
    fail: Callable[[TcpProxy], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_websocket, "PING_INTERVAL", 0.5)
    monkeypatch.setattr(_websocket, "PING_TIMEOUT", 2.0)

    async def main() -> None:
        async with asyncio.timeout(PATIENCE), talk() as (session, proxy, ear):
            ends = asyncio.create_task(_next_ends(session))
            session.send_text(LONG)
            cut = await one_message(session)
            received = await receive(cut, proxy, fail)
            playout = await cut.played()
            lost, _ = await ends
            session.send_text("Repeat after me: The talk goes on.")
            answer = await one_message(session)
            said = np.concatenate([pcm async for pcm in answer.audio()])
            whole = await answer.played()
            await ear.hear(0.3)
            assert lost.will_retry
            assert proxy.connections == 2
            assert playout.position == to_seconds(len(received))
            assert whole.transcript.strip() == "The talk goes on." and not whole.interrupted
            assert is_part_of(received, ear.recording) and is_part_of(said, ear.recording)

    asyncio.run(main())


async def _next_ends(session: Session) -> tuple[Disconnected, Reconnected]:
    events: Any = session.events(Disconnected, Reconnected)
    return await anext(events), await anext(events)
