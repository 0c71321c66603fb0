"""A segment is an object, not a count: frames received, frames heard, and its final state."""

import numpy as np

from realtime_sdk.audio._pcm import to_bytes
from realtime_sdk.playback._segment import Segment, SegmentState

RATE = 24_000


def pcm(frames: int, first: int = 0) -> bytes:
    return to_bytes(np.arange(first, first + frames, dtype=np.int16))


def segment_of(frames: int, *, ended: bool = True) -> Segment:
    segment = Segment("item_1", 0, RATE)
    segment.receive(pcm(frames), 0.0)
    if ended:
        segment.end()
    return segment


def test_frames_come_out_in_the_order_they_came_in() -> None:
    segment = Segment("item_1", 0, RATE)
    segment.receive(pcm(3), 0.0)
    segment.receive(pcm(4, first=3), 0.0)
    taken = segment.take(2) + segment.take(100)
    assert np.concatenate(taken).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert segment.pending == 0
    assert segment.received == 7


def test_a_sample_split_between_two_deltas_is_joined() -> None:
    segment = Segment("item_1", 0, RATE)
    data = pcm(5)
    segment.receive(data[:3], 0.0)
    segment.receive(data[3:], 0.0)
    assert np.concatenate(segment.take(5)).tolist() == [0, 1, 2, 3, 4]


def test_no_audio_is_added_after_the_end() -> None:
    segment = segment_of(100)
    assert segment.receive(pcm(50), 1.0).size == 0
    assert (segment.received, segment.pending) == (100, 100)


def test_heard_in_full_once_the_server_ended_it_and_every_frame_was_heard() -> None:
    segment = segment_of(100, ended=False)
    segment.mark_heard(100, started=1.0, until=1.1)
    assert not segment.finished  # more may come
    segment.end()
    assert segment.state is SegmentState.HEARD
    assert (segment.started_at, segment.heard_until) == (1.0, 1.1)


def test_an_empty_segment_is_heard_as_soon_as_it_ends() -> None:
    assert segment_of(0).state is SegmentState.HEARD


def test_started_is_the_time_of_the_first_frame_and_heard_until_of_the_last() -> None:
    segment = segment_of(100)
    segment.mark_heard(40, started=1.0, until=1.4)
    segment.mark_heard(60, started=5.0, until=5.6)
    assert (segment.started_at, segment.heard_until, segment.heard) == (1.0, 5.6, 100)


def test_a_cut_drops_what_is_pending_and_takes_no_more() -> None:
    segment = segment_of(100, ended=False)
    segment.mark_heard(40, started=1.0, until=1.4)
    segment.cut()
    assert segment.state is SegmentState.CUT
    assert segment.receive(pcm(10), 0.0).size == 0
    segment.mark_heard(10, started=2.0, until=2.1)
    assert (segment.heard, segment.received, segment.pending) == (40, 100, 0)


def test_what_was_heard_in_full_cannot_be_cut() -> None:
    segment = segment_of(100)
    segment.mark_heard(100, started=1.0, until=1.1)
    segment.cut()
    assert segment.state is SegmentState.HEARD


def test_repr_shows_the_state() -> None:
    segment = segment_of(int(3.8 * RATE), ended=False)
    segment.mark_heard(int(1.24 * RATE), started=1.0, until=2.24)
    assert repr(segment) == "<Segment item_1/0 PLAYING 1.24 of 3.80 s>"
