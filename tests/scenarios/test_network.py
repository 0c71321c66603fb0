"""Talks over bad networks: the prebuffer adapts, and reports exactly what was heard."""

from __future__ import annotations

import math
from collections.abc import Sequence

import anyio
import pytest
from pytest import approx

from realtime_sdk import Playout, Underrun, connect
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import FakeServer, Only, VirtualSpeaker, late, message, run_virtual, stall

WARM_UP = 1
"""Replies from which the prebuffer may learn."""


class Talk:
    """Replies that follow one another on a network, and what was heard of them."""

    def __init__(
        self, server: FakeServer, *, replies: int, seconds: float, pace: float, blocked: float = 0.0
    ) -> None:
        self.server = server
        self.speaker = VirtualSpeaker(latency=0.02)
        self.playouts: list[Playout] = []
        self.underruns: list[str] = []  # the ids of the items that the events name
        self._replies = replies
        self._blocked = blocked  # seconds for which the event loop is blocked, twice a second
        for n in range(replies):
            server.reply(message(f"This is answer number {n}.", seconds=seconds), pace=pace)
        run_virtual(self._run)

    async def _run(self) -> None:
        async with (
            self.server,
            connect(endpoint=self.server, speaker=self.speaker, microphone=None) as session,
            anyio.create_task_group() as tasks,
        ):
            if self._blocked:
                tasks.start_soon(self._block)
                await anyio.sleep(2.0)
            for _ in range(self._replies):
                await session.send_text("Go on.")
                self.playouts += await (await anext(session.responses())).played()
                await anyio.sleep(1.0)
            tasks.cancel_scope.cancel()
        self.underruns = [event.item.id async for event in session.events() if isinstance(event, Underrun)]

    async def _block(self) -> None:
        while True:
            await anyio.sleep(0.5 - self._blocked)
            stall(self._blocked)

    @property
    def gaps(self) -> list[int]:
        """Silences in the middle of each reply, as the speaker knows them."""
        starts = [sound.at for sound in self.speaker.timeline]
        return [
            sum(playout.started_at + 0.001 < start < playout.finished_at for start in starts)
            for playout in self.playouts
            if playout.started_at is not None and playout.finished_at is not None
        ]


@pytest.mark.parametrize("pace", [1.0, 1.2, 3.0, math.inf])
def test_jitter_of_150_give_or_take_50_ms_breaks_no_reply_after_the_first(pace: float) -> None:
    talk = Talk(FakeServer(latency=0.15, jitter=0.05), replies=12, seconds=10.0, pace=pace)
    assert talk.gaps[WARM_UP:] == [0] * 11
    assert [playout.underruns for playout in talk.playouts[WARM_UP:]] == [0] * 11
    assert len(talk.speaker.heard) == 120 * WIRE_RATE


@pytest.mark.parametrize("latency", [0.0, 0.05, 0.1, 0.15])  # so that replies begin at all times between two blocks
def test_an_event_loop_that_is_blocked_for_200_ms_again_and_again_breaks_no_reply(latency: float) -> None:
    # The server is blocked, too: one that sends no faster than its sound would fall behind.
    talk = Talk(FakeServer(latency=latency), replies=12, seconds=3.0, pace=2.0, blocked=0.2)
    assert talk.gaps == [0] * 12
    assert len(talk.speaker.heard) == 36 * WIRE_RATE


def test_a_network_without_jitter_is_hardly_waited_for() -> None:
    talk = Talk(FakeServer(latency=0.15), replies=3, seconds=2.0, pace=1.0)
    assert max(latencies(talk.playouts)) < 0.061, "40 ms of prebuffer, 20 of the device"


def test_a_server_faster_than_real_time_is_not_delayed_by_the_prebuffer() -> None:
    talk = Talk(FakeServer(latency=0.15, jitter=0.05), replies=20, seconds=1.0, pace=math.inf)
    assert max(latencies(talk.playouts)) < 0.1


def test_the_reported_latency_is_from_the_first_delta_to_the_first_frame() -> None:
    talk = Talk(FakeServer(latency=0.15, jitter=0.05), replies=5, seconds=2.0, pace=1.0)
    for playout, sound in zip(talk.playouts, talk.speaker.timeline, strict=True):
        assert playout.started_at == approx(sound.at, abs=0.001)
        assert playout.latency is not None and 0.02 < playout.latency < 0.2


def test_an_underrun_is_counted_reported_and_learned_from() -> None:
    server = FakeServer()
    server.tamper("response.output_audio.delta", Only(15, late(0.3)))
    talk = Talk(server, replies=3, seconds=3.0, pace=1.0)
    assert talk.gaps == [1, 0, 0] == [playout.underruns for playout in talk.playouts]
    assert talk.underruns == [talk.playouts[0].item_id]
    assert (talk.playouts[0].position, len(talk.speaker.heard)) == (3.0, 9 * WIRE_RATE), "silence is not counted"
    before, after, then = latencies(talk.playouts)
    assert after == approx(before + 0.28, abs=0.03)
    assert then < after, "it decays"


def test_a_server_slower_than_real_time_causes_a_few_long_gaps_not_many_short_ones() -> None:
    talk = Talk(FakeServer(), replies=6, seconds=10.0, pace=0.9)
    assert sum(talk.gaps[-2:]) <= 20, "100 deltas a reply, each of them late"
    assert len(talk.speaker.heard) == 60 * WIRE_RATE


def latencies(playouts: Sequence[Playout]) -> list[float]:
    return [playout.latency for playout in playouts if playout.latency is not None]
