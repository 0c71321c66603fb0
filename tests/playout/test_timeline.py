"""The timeline maps a device's count to segments, whatever the order in which sound comes and ends."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from realtime_sdk.audio import Pcm, to_bytes
from realtime_sdk.playout import Prebuffer, Segment, SegmentState, Timeline

RATE = 1000  # frames are milliseconds: times are easy to read


def sound(name: int, frames: int) -> bytes:
    """Frames that tell which segment they belong to, and where in it they lie."""
    return to_bytes((name * 1000 + np.arange(frames)).astype(np.int16))


@dataclass
class Player:
    """A timeline with a device that takes all and plays when told."""

    timeline: Timeline = field(default_factory=lambda: Timeline(RATE, Prebuffer(0.0)))
    written: list[Pcm] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)

    def segment(self, name: int, frames: int = 0, *, ended: bool = False, content_index: int = 0) -> Segment:
        segment = Segment(f"item_{name}", content_index, RATE)
        self.timeline.add(segment, name)
        segment.receive(sound(name, frames))
        if ended:
            segment.end()
        return segment

    def write(self, room: int = 1_000_000) -> list[int]:
        self.written += (taken := self.timeline.take(room))
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


def test_a_segment_without_an_end_holds_back_nothing_that_comes_after_it() -> None:
    player = Player()
    first = player.segment(1, 2)
    player.segment(2, 2)
    assert player.write() == [1000, 1001, 2000, 2001]
    first.end()  # the event that ends it comes after the next one's sound


def test_a_segment_that_runs_dry_waits_for_its_own_rest() -> None:
    player = Player()
    first = player.segment(1, 2)
    second = player.segment(2)
    assert player.write() == [1000, 1001]
    first.receive(sound(1, 4)[4:])
    second.receive(sound(2, 2))
    assert player.write() == [1002, 1003, 2000, 2001]


def test_items_play_in_their_own_order_not_in_that_of_their_sound() -> None:
    player = Player()
    second = Segment("item_2", 0, RATE)
    player.timeline.add(second, 2)
    second.receive(sound(2, 2))
    player.segment(1, 2, ended=True)
    assert player.write() == [1000, 1001, 2000, 2001]


def test_parts_of_an_item_play_in_order() -> None:
    player = Player()
    player.segment(1, 2, content_index=1, ended=True)
    player.segment(1, 2, content_index=0, ended=True)
    player.write()
    first = player.timeline.sounding
    player.play(2, at=1.0)
    last = player.timeline.sounding
    assert first is not None and last is not None
    assert (first.content_index, last.content_index) == (0, 1)


def test_a_dry_device_starts_when_the_prebuffer_is_full_or_no_more_will_come() -> None:
    player = Player(Timeline(RATE, Prebuffer(0.1)))
    segment = player.segment(1, 99)
    assert player.write() == []
    segment.receive(sound(1, 1))
    assert len(player.write()) == 100
    player.play(100, at=1.0)
    rest = player.segment(2, 5)
    assert player.write() == []
    rest.end()
    assert len(player.write()) == 5


def test_an_underrun_is_reported_once_and_its_silence_counts_as_nothing() -> None:
    player = Player()
    segment = player.segment(1, 100)
    player.write()
    player.play(100, at=1.1)
    player.play(100, at=3.0)  # two seconds of silence
    assert player.timeline.underruns == []  # nothing is missing as long as nothing more comes
    segment.receive(sound(1, 50))
    segment.end()
    player.write()
    assert player.timeline.underruns == [segment]
    player.play(150, at=3.2)
    assert (segment.heard, segment.state) == (150, SegmentState.HEARD)
    assert segment.started_at == approx(1.0)


def test_a_device_that_is_held_stops_where_it_was_held_not_where_it_is_asked() -> None:
    player = Player()
    segment = player.segment(1, 300, ended=True)
    player.write()
    player.play(100, at=1.1)
    player.timeline.held = True
    player.play(105, at=5.0)  # it was heard right after the hold, though the count was told so much later
    assert segment.heard_until == approx(1.105)
    player.timeline.held = False
    player.play(200, at=6.0)
    assert segment.heard_until == approx(6.0)


def test_a_cut_settles_what_sounds_and_what_waits() -> None:
    player = Player()
    over, sounding, waiting = (player.segment(n, 100, ended=True) for n in (1, 2, 3))
    player.write(room=250)
    player.play(120, at=1.12)
    player.timeline.cut(130, at=1.13)
    assert [s.state for s in (over, sounding, waiting)] == [SegmentState.HEARD, SegmentState.CUT, SegmentState.CUT]
    assert [s.heard for s in (over, sounding, waiting)] == [100, 30, 0]
    assert player.timeline.idle
    assert player.write() == []


def test_after_a_cut_the_count_goes_on_with_the_next_segment() -> None:
    player = Player()
    player.segment(1, 100, ended=True)
    player.write()
    player.timeline.cut(60, at=1.0)
    after = player.segment(2, 40, ended=True)
    assert len(player.write()) == 40
    player.play(100, at=2.0)
    assert (after.heard, after.state) == (40, SegmentState.HEARD)


def test_after_a_rewind_what_has_not_sounded_is_written_again_in_order() -> None:
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
    """However the deltas are cut, whenever the ends come, however much room the device has."""
    player = Player()
    segments = []
    expected: list[int] = []
    for name, sizes in enumerate(counts, start=1):
        segment = player.segment(name)
        segments.append(segment)
        data = sound(name, sum(sizes))
        expected += np.frombuffer(data, "<i2").tolist()
        for size in sizes:
            segment.receive(data[: 2 * size])
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
