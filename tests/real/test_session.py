"""A whole session, heard: a loopback WebSocket, the real speaker on a null sink, and its monitor recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
import soxr
from pytest import approx

from realtime_sdk import Playout, Session
from realtime_sdk._runtime import clock
from realtime_sdk.testing import FakeServer, message, noise

from .attempts import in_attempts
from .sound_server import RATE, Ear, listening
from .talks import next_message, talking, until_heard

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]

ITEM_TIMES = 0.03
"""Seconds by which an item's times may differ from where the recording has it; most of it is the recorder's own."""

CUT = 0.03
"""Seconds by which the position of a cut may differ from where the recording ends."""


@asynccontextmanager
async def listened(server: FakeServer, **session_fields: Any) -> AsyncIterator[tuple[Session, Ear]]:
    """A session over a real socket, and an ear in front of its speaker."""
    async with listening() as ear, talking(server, **session_fields) as session:
        yield session, ear


def wall_of(ear: Ear, frame: float) -> float:
    return ear.time_of(frame) + clock.wall() - clock.now()


def check_times(ear: Ear, playout: Playout, first: int, frames: int) -> None:
    assert playout.started_at == approx(wall_of(ear, first), abs=ITEM_TIMES)
    assert playout.finished_at == approx(wall_of(ear, first + frames), abs=ITEM_TIMES)


@in_attempts
def test_two_items_play_sample_for_sample_without_a_gap_at_their_reported_times() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(
            message("I will check that.", seconds=0.7, phase="commentary"),
            message("It is noon.", seconds=1.1, phase="final_answer"),
        )
        async with listened(server) as (session, ear):
            session.send_text("What time is it?")
            first, second = await (await anext(session.responses())).played()
            await ear.hear(0.3)
            expected = np.concatenate([server.sounds[first.item_id], server.sounds[second.item_id]])
            assert np.array_equal(ear.sound, expected)
            begin = int(np.flatnonzero(ear.recording)[0])
            check_times(ear, first, begin, round(0.7 * RATE))
            check_times(ear, second, begin + round(0.7 * RATE), round(1.1 * RATE))
            assert (first.transcript, second.transcript) == ("I will check that.", "It is noon.")

    asyncio.run(main())


@in_attempts
def test_the_position_of_a_cut_in_the_second_of_three_items_is_where_the_recording_ends() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(*(message(f"Sentence number {n}.", seconds=1.0) for n in (1, 2, 3)))
        async with listened(server) as (session, ear):
            session.send_text("Tell me a story.")
            items = aiter(await anext(session.responses()))
            first = await next_message(items)
            await first.played()
            await until_heard(await next_message(items), 0.3)
            second, third = await session.interrupt()
            await ear.hear(0.3)
            heard = np.count_nonzero(ear.recording) / RATE
            assert heard - 1.0 == approx(second.position, abs=CUT)
            assert (second.interrupted, third.started_at) == (True, None)
            truncated = await server.wait_for("conversation.item.truncate")
            assert truncated["item_id"] == second.item_id
            assert truncated["audio_end_ms"] == int(second.position * 1000)
            assert (await server.wait_for("conversation.item.delete"))["item_id"] == third.item_id
            assert server.refused == []

    asyncio.run(main())


@in_attempts
def test_g711_is_heard_whole_and_cut_where_it_says() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is noon.", pcm=noise(1.0, seed=1)), message("A story.", pcm=noise(2.0, seed=2)))
        async with listened(server, output_format="audio/pcmu") as (session, ear):
            session.send_text("What time is it?")
            items = aiter(await anext(session.responses()))
            first = await next_message(items)
            whole = await first.played()
            await until_heard(await next_message(items), 0.3)
            [second] = await session.interrupt()
            await ear.hear(0.3)
            truncated = await server.wait_for("conversation.item.truncate")
        assert (whole.position, whole.interrupted) == (1.0, False)
        assert truncated["audio_end_ms"] == int(second.position * 1000)
        assert len(ear.sound) / RATE == approx(1.0 + second.position, abs=CUT)
        played = soxr.resample(server.sounds[whole.item_id].astype(float), 8000, RATE)
        begin = int(np.argmax(np.correlate(ear.sound[:RATE].astype(float), played[2400:4800], "valid"))) - 2400
        heard = ear.sound[max(begin, 0) + 2400 : max(begin, 0) + 21_600].astype(float)
        assert np.corrcoef(heard, played[2400 : 2400 + len(heard)])[0, 1] > 0.95
        assert server.refused == []

    asyncio.run(main())
