"""Talks that end early: the connection is lost, the application leaves, the block raises."""

from __future__ import annotations

import anyio
import pytest
from pytest import approx

from realtime_sdk import ConnectionLost, Disconnected, connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, run_virtual

from .test_talk import first_message, frames, two_items


def test_a_lost_connection_is_an_event_and_an_error_of_each_wait() -> None:
    async def main() -> None:
        server = FakeServer()
        connecting = connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, reconnect=None)
        async with server, connecting as session:
            server.expire()
            with pytest.raises(ConnectionLost) as lost:
                await anext(session.responses())
            assert lost.value.code == 1001
            with pytest.raises(ConnectionLost):
                await session.respond()
        assert [e.code async for e in session.events() if isinstance(e, Disconnected)] == [1001]

    run_virtual(main)


def test_what_was_received_is_still_heard_after_the_connection_is_lost() -> None:
    async def main() -> None:
        server, speaker = two_items(), VirtualSpeaker()
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.send_text("What time is it?")
            response = await anext(session.responses())
            await response.done()
            server.hang_up(1011)
            assert [playout.interrupted for playout in await response.played()] == [False, False]
            assert len(speaker.heard) == frames(3.2)

    run_virtual(main)


def test_leaving_during_a_reply_settles_every_playout_at_once() -> None:
    async def main() -> None:
        server = two_items()
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            await session.send_text("What time is it?")
            item = await first_message(session)
            await anyio.sleep(0.5)
            left = anyio.current_time()
        assert anyio.current_time() - left < 1.0
        playout = await item.played()
        assert playout.interrupted
        assert playout.position == approx(0.5, abs=0.15)

    run_virtual(main)


def test_an_exception_of_the_block_is_raised_unchanged() -> None:
    async def main() -> None:
        server = FakeServer()
        with pytest.raises(KeyError, match="mine"):
            async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=VirtualMicrophone()):
                raise KeyError("mine")

    run_virtual(main)
