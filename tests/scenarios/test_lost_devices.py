"""Headsets that are unplugged in the middle of a talk, and come back, on the virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TypeVar

import anyio
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pytest import approx

from realtime_sdk import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Interrupted,
    MessageItem,
    Playout,
    Session,
    Underrun,
    connect,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual
from realtime_sdk.testing._sounds import stretches

from ..effort import tries

E = TypeVar("E")

BACK_WITHIN = 2.0
"""Seconds from a device's return to its use."""

HEARD_TWICE_FRAMES = round(PLAYBACK_PERIOD * WIRE_RATE)
"""Frames that may be heard between the last look at a device and its loss: they are heard again."""


class Talk:
    """A session, what it plays on, and every event it emitted."""

    def __init__(self, session: Session, server: FakeServer, speaker: VirtualSpeaker) -> None:
        self.session = session
        self.server = server
        self.speaker = speaker
        self.events: list[object] = []

    async def listen(self) -> None:
        async for event in self.session.events():
            self.events.append(event)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def item(self) -> MessageItem:
        item = await anext(aiter(await anext(self.session.responses())))
        assert isinstance(item, MessageItem)
        return item

    async def count(self) -> MessageItem:
        """Ask for a reply, and return its message while it is heard: 0.7 s after it began, less the latency."""
        self.session.send_text("Count.")
        item = await self.item()
        await anyio.sleep(0.7)
        return item

    @property
    def heard(self) -> list[tuple[str | None, int, int]]:
        """What came out of the speaker: item, first frame, frames."""
        return [(s.item_id, s.start, s.frames) for s in stretches(self.speaker.heard, self.server.sounds)]


@asynccontextmanager
async def talk(*seconds: float, microphone: VirtualMicrophone | None = None) -> AsyncIterator[Talk]:
    """A session with a server that has a reply of so many seconds, and more."""
    server, speaker = FakeServer(), VirtualSpeaker(latency=0.04)
    for length in seconds:
        server.reply(message("One two three four five six.", seconds=length))
    async with (
        server,
        connect(endpoint=server, speaker=speaker, microphone=microphone) as session,
        anyio.create_task_group() as tasks,
    ):
        talking = Talk(session, server, speaker)
        tasks.start_soon(talking.listen)
        yield talking
        tasks.cancel_scope.cancel()


def frames(seconds: float) -> int:
    return round(seconds * WIRE_RATE)


def test_without_its_speaker_the_session_continues_and_playout_later_resumes_where_it_stopped() -> None:
    async def main() -> None:
        async with talk(2.0) as t:
            item = await t.count()
            t.speaker.unplug()
            lost_at = clock.wall()
            await anyio.sleep(5.0)
            [lost] = t.of(DeviceLost)
            assert lost.side == "output"
            assert lost.at == approx(lost_at, abs=PLAYBACK_PERIOD)
            assert "unplugged" in lost.reason
            position, shown = item.playout.position, len(t.of(CaptionShown))
            assert 0.5 < position < 0.7, "nothing is counted as heard"
            await anyio.sleep(5.0)
            assert (item.playout.position, len(t.of(CaptionShown))) == (position, shown)
            t.speaker.plug_in()
            back_at = clock.wall()
            playout = await item.played()
            [restored] = t.of(DeviceRestored)
            assert restored.side == "output"
            assert restored.at - back_at < BACK_WITHIN
            assert (playout.position, playout.interrupted) == (2.0, False)
            assert "".join(event.caption.text for event in t.of(CaptionShown)) == item.transcript
            (_, start, before), (_, again, rest) = t.heard
            assert start == 0
            assert again == approx(position * WIRE_RATE, abs=1)
            assert 0 <= before - again <= HEARD_TWICE_FRAMES, "nothing is lost"
            assert again + rest == frames(2.0), "nothing is lost"
            assert not t.of(Underrun)

    run_virtual(main)


def test_what_comes_while_the_speaker_is_lost_is_played_when_it_is_back() -> None:
    async def main() -> None:
        async with talk(1.0, 1.5) as t:
            t.speaker.unplug()
            t.session.send_text("Count.")
            first = await t.item()
            t.session.send_text("Again.")
            await anyio.sleep(10.0)
            assert first.playout.started_at is None
            t.speaker.plug_in()
            await first.played()
            second = await t.item()
            await second.played()
            assert t.heard == [(first.id, 0, frames(1.0)), (second.id, 0, frames(1.5))]

    run_virtual(main)


def test_the_loss_of_an_idle_speaker_is_reported_soon() -> None:
    async def main() -> None:
        async with talk() as t:
            await anyio.sleep(10.0)
            t.speaker.unplug()
            await anyio.sleep(0.3)
            assert [event.side for event in t.of(DeviceLost)] == ["output"]
            t.speaker.plug_in()
            await anyio.sleep(BACK_WITHIN)
            assert [event.side for event in t.of(DeviceRestored)] == ["output"]

    run_virtual(main)


def test_a_speaker_that_returns_before_the_next_check_is_opened_again() -> None:
    async def main() -> None:
        async with talk(2.0) as t:
            item = await t.count()
            t.speaker.unplug()
            t.speaker.plug_in()
            await item.played()
            (_, _, before), (_, again, rest) = t.heard
            assert 0 <= before - again <= HEARD_TWICE_FRAMES
            assert again + rest == frames(2.0)

    run_virtual(main)


@pytest.mark.parametrize("away", [0.0, 3.0])
def test_an_interruption_without_a_speaker_truncates_at_what_was_heard(away: float) -> None:
    async def main() -> None:
        async with talk(2.0, 1.0) as t:
            await t.count()
            t.speaker.unplug()
            if away:
                await anyio.sleep(away)
            [playout] = await t.session.interrupt()
            truncated = await t.server.wait_for("conversation.item.truncate")
            assert truncated["audio_end_ms"] == int(playout.position * 1000)
            assert playout.position * WIRE_RATE == approx(len(t.speaker.heard), abs=HEARD_TWICE_FRAMES)
            assert [type(e) for e in t.events if isinstance(e, DeviceLost | Interrupted)] == [DeviceLost, Interrupted]
            t.speaker.plug_in()
            await anyio.sleep(BACK_WITHIN)
            t.session.send_text("And now?")
            second = await t.item()
            await second.played()
            assert t.heard[1:] == [(second.id, 0, frames(1.0))], "nothing of what was cut is heard"
            assert t.server.refused == []

    run_virtual(main)


def test_a_pause_outlasts_the_loss_of_the_speaker() -> None:
    async def main() -> None:
        async with talk(2.0) as t:
            item = await t.count()
            t.session.pause()
            await anyio.sleep(1.0)
            t.speaker.unplug()
            await anyio.sleep(1.0)
            t.speaker.plug_in()
            await anyio.sleep(5.0)
            held = len(t.speaker.heard)
            assert held == item.playout.position * WIRE_RATE
            t.session.resume()
            assert (await item.played()).position == 2.0
            assert t.heard == [(item.id, 0, frames(2.0))], "every frame once"

    run_virtual(main)


def test_a_pause_and_a_resume_while_the_speaker_is_lost() -> None:
    async def main() -> None:
        async with talk(2.0) as t:
            item = await t.count()
            t.speaker.unplug()
            await anyio.sleep(1.0)
            t.session.pause()
            t.speaker.plug_in()
            await anyio.sleep(5.0)
            held = item.playout.position
            assert held < 0.7
            t.session.resume()
            assert (await item.played()).position == 2.0

    run_virtual(main)


@pytest.mark.parametrize("again", [1, 3])
def test_a_speaker_that_comes_and_goes(again: int) -> None:
    async def main() -> None:
        async with talk(3.0) as t:
            t.session.send_text("Count.")
            item = await t.item()
            for _ in range(again):
                await anyio.sleep(0.9)
                t.speaker.unplug()
                await anyio.sleep(0.7)
                t.speaker.plug_in()
            assert (await item.played()).position == 3.0
            assert len(t.of(DeviceLost)) == len(t.of(DeviceRestored)) == again

    run_virtual(main)


STEPS = ["unplug", "plug_in", "pause", "resume", "interrupt", "wait"]


@pytest.mark.slow
@settings(max_examples=tries(60))
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 700)), max_size=12))
def test_any_sequence_of_losses_pauses_and_interruptions_is_reported_as_heard(steps: list[tuple[str, int]]) -> None:
    async def main() -> None:
        async with talk(1.0, 1.0) as t:
            t.session.send_text("Count.")
            t.session.send_text("Again.")
            for step, ms in steps:
                match step:
                    case "unplug" | "plug_in":
                        getattr(t.speaker, step)()
                    case "pause" | "resume":
                        getattr(t.session, step)()
                    case "interrupt":
                        await t.session.interrupt()
                await anyio.sleep(ms / 1000)
            t.speaker.plug_in()
            t.session.resume()
            await anyio.sleep(10.0)
            for item in t.session.conversation.items:
                if isinstance(item, MessageItem) and item.id in t.server.sounds:
                    spans = [(start, start + count) for item_id, start, count in t.heard if item_id == item.id]
                    reported = round(item.playout.position * WIRE_RATE)
                    assert 0 <= max((end for _, end in spans), default=0) - reported <= HEARD_TWICE_FRAMES
                    for (_, end), (start, _) in pairwise([(0, 0), *spans]):
                        assert end - HEARD_TWICE_FRAMES <= start <= end

    run_virtual(main)


@pytest.mark.slow
@settings(max_examples=tries(40))
@given(losses=st.lists(st.tuples(st.integers(1, 900), st.integers(0, 1500)), max_size=5))
def test_a_loss_drops_no_audio_and_repeats_at_most_one_tick(
    losses: list[tuple[int, int]],
) -> None:
    async def main() -> None:
        async with talk(1.0, 1.0) as t:
            t.session.send_text("Count.")
            t.session.send_text("Again.")
            for there, away in losses:
                await anyio.sleep(there / 1000)
                t.speaker.unplug()
                await anyio.sleep(away / 1000)
                t.speaker.plug_in()
            playouts: list[Playout] = []
            for _ in range(2):
                playouts += await (await anext(t.session.responses())).played()
            assert [playout.position for playout in playouts] == [1.0, 1.0]
            for playout in playouts:
                end = 0
                for item_id, start, count in t.heard:
                    if item_id == playout.item_id:
                        assert end - HEARD_TWICE_FRAMES <= start <= end
                        end = start + count
                assert end == frames(1.0)

    run_virtual(main)


def test_a_lost_microphone_is_reported_and_silence_is_sent_until_it_returns() -> None:
    def tone(seconds: float) -> np.typing.NDArray[np.int16]:
        return np.full(frames(seconds), 1000, np.int16)

    async def main() -> None:
        microphone = VirtualMicrophone()
        async with talk(microphone=microphone) as t:
            microphone.say(tone(10.0), at=0.0)
            await anyio.sleep(1.0)
            microphone.unplug()
            await anyio.sleep(3.0)
            assert [event.side for event in t.of(DeviceLost)] == ["input"]
            microphone.plug_in()
            await anyio.sleep(2.0)
            assert [event.side for event in t.of(DeviceRestored)] == ["input"]
            heard = t.server.heard
            assert len(heard) / WIRE_RATE == approx(6.0, abs=0.1), "the server's turn detection goes on counting"
            loud = np.flatnonzero(np.diff((heard != 0).astype(int))) / WIRE_RATE
            assert loud[0] == approx(1.0, abs=0.03)
            assert 3.96 <= loud[1] < 4.0 + BACK_WITHIN, "the blocks in which it was lost and found are not whole"

    run_virtual(main)


class Loose(VirtualMicrophone):
    """A microphone whose driver raises an error of its own, once, after a second."""

    failed = False

    async def read(self) -> Pcm:
        if clock.now() > 1.0 and not self.failed:
            self.failed = True
            raise OSError(5, "Input/output error")
        return await super().read()


def test_a_microphone_that_raises_an_error_of_its_own_is_lost_and_comes_back() -> None:
    async def main() -> None:
        async with talk(microphone=Loose()) as t:
            await anyio.sleep(3.0)
            [lost] = t.of(DeviceLost)
            assert (lost.side, lost.reason) == ("input", "Loose.read raised OSError(5, 'Input/output error')")
            assert [event.side for event in t.of(DeviceRestored)] == ["input"]
            assert len(t.server.heard) / WIRE_RATE == approx(3.0, abs=0.1)

    run_virtual(main)


def test_both_are_lost_and_the_session_is_left_within_a_second() -> None:
    async def main() -> None:
        microphone = VirtualMicrophone()
        async with talk(2.0, microphone=microphone) as t:
            await t.count()
            t.speaker.unplug()
            microphone.unplug()
            await anyio.sleep(1.2)
            assert {event.side for event in t.of(DeviceLost)} == {"input", "output"}
            leaving = clock.now()
        assert clock.now() - leaving < 1.0

    run_virtual(main)
