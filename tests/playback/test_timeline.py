"""The timeline maps a device's count to segments, in any order in which audio arrives and ends."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, strategies as st
from pytest import approx

from realtime_sdk.audio._pcm import Pcm, to_bytes
from realtime_sdk.playback._prebuffer import Prebuffer
from realtime_sdk.playback._segment import Segment, SegmentState
from realtime_sdk.playback._timeline import Timeline

RATE = 1000  # frames are milliseconds: times are easy to read


def pcm(name: int, frames: int) -> bytes:
    """Frames whose values encode their segment and their place in it."""
    return to_bytes((name * 1000 + np.arange(frames)).astype(np.int16))


@dataclass
class Player:
    """A timeline with a device that takes all and plays on command."""

    timeline: Timeline = field(default_factory=lambda: Timeline(RATE, Prebuffer(0.0, 0.0)))
    written: list[Pcm] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)

    def segment(
        self, name: int, frames: int = 0, *, ended: bool = False, content_index: int = 0, at: float = 0.0
    ) -> Segment:
        segment = Segment(f"item_{name}", content_index, RATE)
        self.timeline.add(segment, name)
        segment.receive(pcm(name, frames), at)
        if ended:
            segment.end()
        return segment

    def write(self, room: int = 1_000_000, *, at: float = 0.0) -> list[int]:
        self.written += (taken := self.timeline.take(room, at))
        return [int(frame) for pcm in taken for frame in pcm]

    def play(self, played: int, at: float) -> None:
        self.heard += [int(f) for heard in self.timeline.advance(played, at) for f in heard.pcm]


def test_segments_follow_one_another_without_a_gap() -> None:
    player = Player()
    player.segment(1, 3, ended=True)
    player.segment(2, 2, ended=True)
    assert player.write() == [1000, 1001, 1002, 2000, 2001]


def test_each_segment_has_its_own_times_and_they_do_not_overlap() -> None:
    player = Player()
    first, second = player.segment(1, 300, ended=True), player.segment(2, 500, ended=True)
    player.write()
    player.play(200, at=10.2)
    player.play(450, at=10.45)
    player.play(800, at=10.9)  # the last frame left 100 ms before this count
    assert (first.started_at, first.heard_until) == approx((10.0, 10.3))
    assert (second.started_at, second.heard_until) == approx((10.3, 10.8))


def test_the_device_is_given_no_more_than_it_has_room_for() -> None:
    player = Player()
    player.segment(1, 10, ended=True)
    assert len(player.write(room=4)) == 4
    assert len(player.write(room=100)) == 6


def test_no_audio_is_heard_before_it_came_however_early_the_device_counts_it() -> None:
    player = Player()
    first = player.segment(1, 300, ended=True, at=10.0)
    player.write(at=10.0)
    player.play(200, at=10.01)
    player.play(300, at=10.02)
    assert (first.started_at, first.heard_until) == (10.0, 10.02)


def test_a_segment_without_an_end_does_not_block_the_next_one() -> None:
    player = Player()
    first = player.segment(1, 2)
    player.segment(2, 2)
    assert player.write() == [1000, 1001, 2000, 2001]
    player.play(2, at=1.0)
    assert first.state is SegmentState.HEARD  # though the event that ends it comes after the next one's audio


def test_a_segment_that_runs_dry_waits_for_its_own_rest() -> None:
    player = Player()
    first = player.segment(1, 2)
    second = player.segment(2)
    assert player.write() == [1000, 1001]
    first.receive(pcm(1, 4)[4:], 0.0)
    second.receive(pcm(2, 2), 0.0)
    assert player.write() == [1002, 1003, 2000, 2001]


def test_items_play_in_their_own_order_not_in_that_of_their_audio() -> None:
    player = Player()
    second = Segment("item_2", 0, RATE)
    player.timeline.add(second, 2)
    second.receive(pcm(2, 2), 0.0)
    player.segment(1, 2, ended=True)
    assert player.write() == [1000, 1001, 2000, 2001]


def test_parts_of_an_item_play_in_order() -> None:
    player = Player()
    player.segment(1, 2, content_index=1, ended=True)
    player.segment(1, 2, content_index=0, ended=True)
    player.write()
    first = player.timeline.audible
    player.play(2, at=1.0)
    last = player.timeline.audible
    assert first is not None and last is not None
    assert (first.content_index, last.content_index) == (0, 1)


def test_a_dry_device_starts_after_the_prebuffers_delay_or_when_no_more_will_come() -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1, 0.1)))
    player.segment(1, 20)
    assert player.write(at=0.099) == []
    assert len(player.write(at=0.1)) == 20
    player.play(20, at=0.12)
    rest = player.segment(2, 5, at=0.12)
    assert player.write(at=0.12) == []
    rest.end()
    assert len(player.write(at=0.12)) == 5


def test_a_dry_device_starts_at_once_with_audio_faster_than_real_time() -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1, 0.1)))
    segment = player.segment(1, 99)
    segment.receive(pcm(1, 100)[198:], 0.0)
    assert player.write() == []  # so far the last frame was 99 ms early
    segment.receive(pcm(1, 101)[200:], 0.0)
    assert len(player.write()) == 101


def test_rewound_audio_continues_at_once_and_is_no_underrun() -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1, 0.1)))
    segment = player.segment(1, 300)
    player.write(at=0.1)
    player.play(50, at=0.15)
    player.timeline.rewind(60, at=0.16)
    assert len(player.write(at=0.16)) == 240
    assert (player.timeline.underruns, segment.underruns) == ([], 0)


def test_an_underrun_lengthens_the_delay() -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1, 0.5)))
    segment = player.segment(1, 200)
    assert len(player.write(at=0.1)) == 200
    player.play(200, at=0.3)
    segment.receive(pcm(1, 250)[400:], 0.35)  # due at 0.2 s, and the prebuffer gave it 0.1 s more
    assert player.write(at=0.35) == []
    assert player.write(at=0.519) == []
    assert len(player.write(at=0.52)) == 50, "0.15 s that were needed, and a margin"


def test_an_underrun_is_reported_once_and_its_silence_is_not_counted() -> None:
    player = Player()
    segment = player.segment(1, 100)
    player.write()
    player.play(100, at=1.1)
    player.play(100, at=3.0)  # two seconds of silence
    assert player.timeline.underruns == []  # nothing is missing as long as nothing more comes
    segment.receive(pcm(1, 50), 3.0)
    segment.end()
    player.write()
    assert (player.timeline.underruns, segment.underruns) == ([segment], 1)
    player.play(150, at=3.2)
    assert (segment.heard, segment.state) == (150, SegmentState.HEARD)
    assert segment.started_at == approx(1.0)


def test_a_paused_device_stopped_when_it_was_paused_not_when_it_is_polled() -> None:
    player = Player()
    segment = player.segment(1, 300, ended=True)
    player.write()
    player.play(100, at=1.1)
    player.timeline.paused = True
    player.play(105, at=5.0)  # it was heard right after the pause, though it was counted so much later
    assert segment.heard_until == approx(1.105)
    player.timeline.paused = False
    player.play(200, at=6.0)
    assert segment.heard_until == approx(6.0)


@pytest.mark.parametrize("before", ["nothing was taken back", "what was taken back is cut"])
def test_after_a_flush_the_next_segment_waits_for_its_prebuffer(before: str) -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1, 0.1)))
    player.segment(1, 300, ended=True)
    player.write(at=0.1)
    if before == "nothing was taken back":
        player.play(300, at=0.4)
        player.timeline.rewind(300, at=0.4)
    else:
        player.play(100, at=0.2)
        player.timeline.rewind(100, at=0.2)
        player.timeline.cut(100, at=0.2)
    player.segment(2, 50, at=0.5)
    assert player.write(at=0.5) == []
    assert len(player.write(at=0.6)) == 50


def test_a_dry_device_with_pending_audio_did_not_wait_for_the_network() -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1, 0.5)))
    segment = player.segment(1, 200)
    player.write(room=100, at=0.1)
    player.play(100, at=0.2)
    segment.receive(pcm(1, 400)[400:], 0.35)  # behind 0.2 s: 0.15 s later than the first
    assert len(player.write(at=0.37)) == 300, "0.27 s behind the first onset: more than was ever missing"


def test_audio_that_a_flush_could_not_take_back_is_heard_after_it() -> None:
    player = Player()
    segment = player.segment(1, 300, ended=True)
    player.write()
    player.play(100, at=1.1)
    player.timeline.cut(150, at=1.1)
    assert segment.heard == 150
    assert segment.heard_until == approx(1.15)


def test_a_cut_finishes_playing_and_queued_segments() -> None:
    player = Player()
    finished, playing, queued = (player.segment(n, 100, ended=True) for n in (1, 2, 3))
    player.write(room=250)
    player.play(120, at=1.12)
    player.timeline.cut(130, at=1.13)
    assert [s.state for s in (finished, playing, queued)] == [SegmentState.HEARD, SegmentState.CUT, SegmentState.CUT]
    assert [s.heard for s in (finished, playing, queued)] == [100, 30, 0]
    assert player.timeline.idle
    assert player.write() == []


def test_after_a_cut_the_count_continues_with_the_next_segment() -> None:
    player = Player()
    player.segment(1, 100, ended=True)
    player.write()
    player.timeline.cut(60, at=1.0)
    after = player.segment(2, 40, ended=True)
    assert len(player.write()) == 40
    player.play(100, at=2.0)
    assert (after.heard, after.state) == (40, SegmentState.HEARD)


def test_after_a_rewind_unheard_audio_is_written_again_in_order() -> None:
    player = Player()
    first, second = player.segment(1, 4, ended=True), player.segment(2, 3)
    player.write()
    player.timeline.rewind(2, at=1.0)
    assert (first.heard, first.pending, second.pending) == (2, 2, 3)
    assert player.write() == [1002, 1003, 2000, 2001, 2002]
    player.play(7, at=2.0)
    assert (first.state, second.heard) == (SegmentState.HEARD, 3)


@given(
    counts=st.lists(st.lists(st.integers(0, 40), max_size=4), min_size=1, max_size=4),
    late_end=st.lists(st.booleans(), min_size=4, max_size=4),
    rooms=st.lists(st.integers(0, 60), min_size=1, max_size=30),
)
def test_every_frame_is_heard_once_and_in_order(
    counts: list[list[int]], late_end: list[bool], rooms: list[int]
) -> None:
    """With deltas of any size, ends at any time, and any room in the device."""
    player = Player()
    segments = []
    expected: list[int] = []
    for name, sizes in enumerate(counts, start=1):
        segment = player.segment(name)
        segments.append(segment)
        data = pcm(name, sum(sizes))
        expected += np.frombuffer(data, "<i2").tolist()
        for size in sizes:
            segment.receive(data[: 2 * size], 0.0)
            data = data[2 * size :]
            room = rooms.pop() if rooms else 10
            player.write(room)
            player.play(max(player.timeline.played, player.timeline.written - 5), at=0.0)
        if not late_end[name - 1]:
            segment.end()
    for segment in segments:
        segment.end()
    player.write()
    player.play(player.timeline.written, at=1.0)
    assert player.heard == expected
    assert all(segment.state is SegmentState.HEARD for segment in segments)


def test_times_do_not_run_backwards_on_a_device_that_is_a_little_fast() -> None:
    player = Player()
    first, second = player.segment(1, 500, ended=True), player.segment(2, 500, ended=True)
    player.write()
    for played, at in ((0, 100.0), (500, 100.5), (700, 100.69)):  # 200 frames in 0.19 s
        player.timeline.advance(played, at)
    assert first.heard_until == second.started_at


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 150), st.integers(1, 60)), min_size=1, max_size=6), min_size=1, max_size=4
    )
)
def test_with_any_prebuffer_no_frame_is_lost_and_no_silence_is_counted(
    deltas: list[list[tuple[int, int]]],
) -> None:
    """Each delta comes some milliseconds after the last; the device plays a frame a millisecond while it has any."""
    player = Player(Timeline(RATE, Prebuffer()))
    segments: list[Segment] = []
    expected: list[int] = []
    begins: list[int] = []  # frames at which playback continued after the device was dry
    now = 0
    for name, sizes in enumerate(deltas, start=1):
        segments.append(player.segment(name))
        data = pcm(name, sum(frames for _, frames in sizes))
        expected += np.frombuffer(data, "<i2").tolist()
        for delay, frames in sizes:
            for _ in range(delay):
                now += 1
                begins += pass_a_millisecond(player, now)
            segments[-1].receive(data[: 2 * frames], now / RATE)
            data = data[2 * frames :]
    while not player.timeline.idle:
        now += 1
        begins += pass_a_millisecond(player, now)
    assert player.heard == expected
    assert player.timeline.played == len(expected)
    assert [segment.heard for segment in segments] == [segment.received for segment in segments]
    in_the_middle = Counter(frame // 1000 for frame in begins if frame % 1000)
    assert [segment.underruns for segment in segments] == [in_the_middle[name] for name in range(1, len(deltas) + 1)]


def pass_a_millisecond(player: Player, now: int) -> list[int]:
    """Let the device play a frame, if it has one; returns that frame if the device was dry before."""
    was_dry, heard = player.timeline.dry, len(player.heard)
    player.write(at=now / RATE)
    player.play(min(player.timeline.played + 1, player.timeline.written), at=now / RATE)
    return player.heard[heard:] if was_dry else []
