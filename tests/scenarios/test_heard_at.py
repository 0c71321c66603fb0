"""When each word was heard, on the wall clock, whatever came between it and the beginning of its message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import CaptionShown, MessageItem, Session, UsageError, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, noise, run_virtual

TEXT = "One two three four five six seven eight nine ten eleven twelve."
SOUND = noise(6.0, seed=1)

Script = Callable[[FakeServer, Session, VirtualSpeaker], Awaitable[None]]


async def plays_through(server: FakeServer, session: Session, speaker: VirtualSpeaker) -> None:
    server.reply(message(TEXT, pcm=SOUND))
    session.respond()


async def is_paused(server: FakeServer, session: Session, speaker: VirtualSpeaker) -> None:
    await plays_through(server, session, speaker)
    for pause in (1.37, 0.09, 0.09):
        await anyio.sleep(1.5)
        session.pause()
        await anyio.sleep(pause)
        session.resume()


async def runs_dry(server: FakeServer, session: Session, speaker: VirtualSpeaker) -> None:
    server.reply(message(TEXT, pcm=SOUND), pace=0.8)
    session.respond()


async def loses_its_speaker(server: FakeServer, session: Session, speaker: VirtualSpeaker) -> None:
    await plays_through(server, session, speaker)
    await anyio.sleep(2.0)
    speaker.unplug()
    await anyio.sleep(3.0)
    speaker.plug_in()


async def follows_another(server: FakeServer, session: Session, speaker: VirtualSpeaker) -> None:
    server.reply(message("Let me look.", pcm=noise(2.0, seed=2)), message(TEXT, pcm=SOUND))
    session.respond()


def last_message(session: Session) -> MessageItem:
    return [item for item in session.conversation if isinstance(item, MessageItem)][-1]


@pytest.mark.parametrize(
    ("script", "error"),
    [(plays_through, 0.001), (is_paused, 0.001), (runs_dry, 0.001), (follows_another, 0.001),
     (loses_its_speaker, 0.001 + PLAYBACK_PERIOD)],  # which may repeat what was heard since the last look at it
)  # fmt: skip
def test_each_word_was_heard_when_its_audio_was_at_the_ear(script: Script, error: float) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker(latency=0.1)
        ear, shown = list[tuple[float, int]](), list[CaptionShown]()

        async def listen() -> None:
            while True:
                ear.append((clock.wall(), len(speaker.heard)))
                await anyio.sleep(0.01)

        async def read(session: Session) -> None:
            async for event in session.events(CaptionShown):
                shown.append(event)

        async with (
            server,
            connect(endpoint=server, microphone=None, speaker=speaker) as session,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(listen)
            tasks.start_soon(read, session)
            await script(server, session, speaker)
            await session.drained()
            tasks.cancel_scope.cancel()
        item = last_message(session)
        playout = await item.played()
        before = len(speaker.heard) - SOUND.size  # frames of another message, or heard twice
        plays = [(at, frames - before) for (at, frames), (_, later) in pairwise(ear) if later - frames == 240]
        assert len([at for at, frames in plays if frames >= 0]) > 300
        for at, frames in plays:
            if frames >= 0:
                assert item.heard_at(frames / WIRE_RATE) == approx(at, abs=error)
        for event in shown:
            heard_at = event.item.heard_at(event.caption.start)
            assert heard_at is not None and event.at >= heard_at - error, "no word is shown before it is heard"
        assert item.heard_at(0.0) == playout.started_at
        assert item.heard_at(playout.duration) == approx(playout.finished_at, abs=0.001)

    run_virtual(main)


def test_what_was_not_heard_has_no_time() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        async with server, connect(endpoint=server, microphone=None, speaker=speaker) as session:
            await plays_through(server, session, speaker)
            await anyio.sleep(1.0)
            item = last_message(session)
            assert item.heard_at(0.5) == approx(clock.wall() - 0.5, abs=0.06)
            assert item.heard_at(3.0) is None
            [playout] = await session.interrupt()
            assert item.heard_at(playout.position) == approx(playout.finished_at, abs=0.001)
            assert item.heard_at(playout.position + 0.01) is None
            with pytest.raises(UsageError, match="position"):
                item.heard_at(-1.0)

    run_virtual(main)


def test_a_message_keeps_its_times_long_after_it_was_heard() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        async with server, connect(endpoint=server, microphone=None, speaker=speaker) as session:
            await is_paused(server, session, speaker)
            await session.drained()
            item = last_message(session)
            before = [item.heard_at(position / 10) for position in range(61)]
            for _ in range(20):
                server.reply(message("Yes.", seconds=0.2))
                await (await session.respond()).played()
            assert [item.heard_at(position / 10) for position in range(61)] == before
            assert item.heard_at(6.0) is not None and item.heard_at(6.1) is None

    run_virtual(main)


def test_what_the_application_takes_is_played_in_real_time_from_then_on() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message(TEXT, pcm=SOUND))
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            began, taken = clock.wall(), list[Pcm]()
            async for item in await session.respond():
                assert isinstance(item, MessageItem)
                taken += [pcm async for pcm in item.audio()]
                await item.played()
                assert np.concatenate(taken).size == to_frames(6.0)
                assert item.heard_at(3.0) == approx(began + 3.0, abs=0.1)

    run_virtual(main)
