"""The sink on its own: what it asks of the device, and the times that it gives the timeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf

import anyio
import numpy as np
from pytest import approx

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, to_bytes, to_frames
from realtime_sdk.playback._pause_reason import PauseReason
from realtime_sdk.playback._prebuffer import Prebuffer
from realtime_sdk.playback._segment import Segment
from realtime_sdk.playback._timeline import Timeline
from realtime_sdk.session.audio._sink import Sink
from realtime_sdk.testing import VirtualSpeaker, run_virtual


class Speaker(VirtualSpeaker):
    """A speaker that counts how often it is flushed."""

    flushes = 0

    def flush(self) -> int:
        self.flushes += 1
        return super().flush()


class Player:
    """A sink on a speaker, pumped by hand."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.timeline = Timeline(WIRE_RATE, Prebuffer(0.0, 0.0))
        self.sink = Sink(speaker, self.timeline)

    def segment(self, number: int, seconds: float) -> Segment:
        segment = Segment(f"item_{number}", 0, WIRE_RATE)
        self.timeline.add(segment, number)
        segment.receive(to_bytes(np.full(to_frames(seconds), 1000, np.int16)), clock.wall())
        segment.end()
        return segment


def play(main: Callable[[Player], Awaitable[None]], speaker: Speaker) -> None:
    async def run() -> None:
        await speaker.open(WIRE_RATE)
        await main(Player(speaker))

    run_virtual(run)


def test_frames_played_after_a_pause_are_timed_at_the_pause_not_at_the_resume() -> None:
    async def main(player: Player) -> None:
        segment, start = player.segment(1, 1.0), clock.wall()
        player.sink.pump()
        await anyio.sleep(0.2)
        player.sink.pause(PauseReason.TURN)
        await anyio.sleep(1.0)
        player.sink.resume(PauseReason.TURN)
        assert segment.heard_until is not None and segment.heard_until - start == approx(0.25, abs=0.001)

    play(main, Speaker(tail=0.05))


def test_audio_begins_at_the_moment_at_which_its_prebuffer_is_filled() -> None:
    async def run() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(WIRE_RATE)
        timeline = Timeline(WIRE_RATE, Prebuffer(min_delay=0.0537))
        sink, segment, start = Sink(speaker, timeline), Segment("item_1", 0, WIRE_RATE), clock.wall()
        timeline.add(segment, 1)
        segment.receive(to_bytes(np.ones(to_frames(0.2), np.int16)), start)
        while timeline.dry:
            await sink.play()
        assert clock.wall() - start == approx(0.0537, abs=1e-6)

    run_virtual(run)


def test_dropping_frames_not_yet_written_leaves_playback_untouched() -> None:
    async def main(player: Player) -> None:
        player.segment(1, 1.0)
        second = player.segment(2, 1.0)
        player.sink.pump()
        await anyio.sleep(0.2)
        player.sink.drop([second])
        assert player.speaker.flushes == 0
        await anyio.sleep(1.0)
        player.sink.pump()
        assert second.heard == 0

    play(main, Speaker(capacity=0.5))


def test_playback_paused_for_two_reasons_resumes_when_both_are_released() -> None:
    async def main(player: Player) -> None:
        segment = player.segment(1, 1.0)
        player.sink.pump()
        player.sink.pause(PauseReason.TURN)
        player.sink.pause(PauseReason.APPLICATION)
        player.sink.resume(PauseReason.TURN)
        await anyio.sleep(2.0)
        player.sink.pump()
        assert segment.heard == 0
        player.sink.resume(PauseReason.APPLICATION)
        await anyio.sleep(2.0)
        player.sink.pump()
        assert segment.heard == segment.received

    play(main, Speaker())


def test_a_pause_during_the_loss_of_the_speaker_applies_once_it_is_back() -> None:
    async def main(player: Player) -> None:
        segment = player.segment(1, 1.0)
        player.sink.pump()
        await anyio.sleep(0.2)
        player.speaker.unplug()
        player.sink.pause(PauseReason.TURN)
        player.speaker.plug_in()
        for _ in range(50):
            await player.sink.play()
        assert player.speaker.heard.size == to_frames(0.2)
        player.sink.resume(PauseReason.TURN)
        for _ in range(200):
            await player.sink.play()
        assert segment.heard == segment.received

    play(main, Speaker())


def test_reported_until_is_the_time_of_the_last_count_and_infinite_without_playback() -> None:
    async def main(player: Player) -> None:
        assert player.sink.reported_until == inf
        player.segment(1, 1.0)
        player.sink.pump()
        counted = clock.wall()
        await anyio.sleep(0.5)
        assert player.sink.reported_until == counted
        await anyio.sleep(1.0)
        player.sink.pump()
        assert player.sink.reported_until == inf

    play(main, Speaker())
