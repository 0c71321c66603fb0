"""The model's audio as one stream: which moment of the session is heard when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio._pcm import to_bytes, to_frames
from realtime_sdk.live._captions import CaptionTrack, Fragment
from realtime_sdk.live._output import AHEAD, BACKLOG, Hearing, OutputStream
from realtime_sdk.testing import noise

from ..effort import tries

RATE = 8000


def sound(seconds: float) -> bytes:
    return to_bytes(noise(seconds, seed=1, rate=RATE))


def silence(seconds: float) -> bytes:
    return to_bytes(np.zeros(to_frames(seconds, RATE), np.int16))


def hear(stream: OutputStream, seconds: float) -> None:
    """The device plays what came, segment after segment."""
    frames = to_frames(seconds, RATE)
    for stretch in stream._stretches:
        played = min(frames, stretch.segment.received - stretch.segment.heard)
        if not stretch.segment.finished:
            stretch.segment.mark_heard(played, 0.0, 0.0)
            frames -= played


def test_a_moment_is_heard_when_its_frame_has_left_the_converter() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(1.0), None, at=0.0)
    hear(stream, 0.5)
    assert stream.find(0.49) is Hearing.HEARD
    assert stream.find(0.5) is Hearing.WAITING
    assert stream.position == 0.5


def test_a_moment_whose_audio_has_not_come_waits_for_it() -> None:
    stream = OutputStream(RATE)
    assert stream.find(0.2) is Hearing.WAITING
    stream.receive(sound(1.0), None, at=0.0)
    hear(stream, 1.0)
    assert stream.find(1.0) is Hearing.WAITING


def test_a_gap_between_times_is_silence_and_belongs_to_what_comes_after_it() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(0.1), 1000, at=0.0)
    stream.receive(sound(0.1), 3000, at=0.0)
    hear(stream, 0.1)
    assert [stream.find(second) for second in (0.0, 1.0, 1.099)] == [Hearing.HEARD] * 3
    assert [stream.find(second) for second in (1.1, 2.0, 3.0)] == [Hearing.WAITING] * 3
    hear(stream, 0.05)
    assert [stream.find(second) for second in (1.1, 2.0, 3.049)] == [Hearing.HEARD] * 3
    assert stream.position == 3.05


def test_times_are_rounded_to_a_millisecond_and_leave_no_gap_for_that() -> None:
    stream = OutputStream(RATE)
    stream.receive(to_bytes(noise(0.1, 1, RATE)[:-3]), 0, at=0.0)
    stream.receive(sound(0.1), 100, at=0.0)
    hear(stream, 0.15)
    assert stream.position == 0.15


def test_deltas_of_one_time_follow_one_another_and_the_time_means_the_first_of_them() -> None:
    stream = OutputStream(RATE)
    for _ in range(3):
        stream.receive(sound(0.1), 200, at=0.0)
    stream.receive(sound(0.1), 400, at=0.0)
    hear(stream, 0.01)
    assert stream.find(0.2) is Hearing.HEARD
    assert stream.find(0.4) is Hearing.WAITING
    hear(stream, 0.3)
    assert stream.find(0.4) is Hearing.HEARD


def test_words_far_ahead_of_the_audio_show_that_silence_was_left_out() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(1.0), None, at=0.0)
    stream.expect(1.0 + AHEAD)  # not that far: they wait for the stream to come there
    stream.receive(sound(0.2), None, at=0.0)
    stream.expect(30.0)
    stream.receive(sound(0.2), None, at=0.0)
    hear(stream, 1.2)
    assert stream.find(30.0) is Hearing.WAITING
    hear(stream, 0.1)
    assert stream.find(30.0) is Hearing.HEARD
    assert stream.position == 30.1


def test_silenced_audio_is_lost_and_what_comes_next_is_not() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(1.0), None, at=0.0)
    hear(stream, 0.25)
    assert stream.interrupt() == 0.75
    assert [stream.find(second) for second in (0.2, 0.25, 0.9)] == [Hearing.HEARD, Hearing.LOST, Hearing.LOST]
    assert stream.find(1.0) is Hearing.WAITING
    stream.receive(sound(0.5), None, at=0.0)
    hear(stream, 0.1)
    assert stream.find(1.05) is Hearing.HEARD


def test_silence_is_left_out_while_much_waits_to_be_heard_and_keeps_its_place_in_the_session() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(BACKLOG + 0.05), None, at=0.0)
    assert stream.receive(silence(0.2), None, at=0.0).size == 0
    stream.receive(sound(0.1), None, at=0.0)
    assert stream.waiting == to_frames(BACKLOG + 0.15, RATE)
    hear(stream, BACKLOG + 0.05)
    assert stream.find(BACKLOG + 0.26) is Hearing.WAITING
    hear(stream, 0.02)
    assert stream.find(BACKLOG + 0.26) is Hearing.HEARD


def test_silence_is_played_while_little_waits() -> None:
    stream = OutputStream(RATE)
    assert stream.receive(silence(0.5), None, at=0.0).size == to_frames(0.5, RATE)


def test_silencing_twice_counts_nothing_twice() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(0.5), None, at=0.0)
    assert [stream.interrupt(), stream.interrupt()] == [0.5, 0.0]
    stream.receive(sound(0.25), None, at=0.0)
    assert stream.interrupt() == 0.25


def test_at_the_end_of_the_stream_nothing_waits_any_more() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(0.1), None, at=0.0)
    stream.finish()
    assert stream.find(5.0) is Hearing.WAITING
    hear(stream, 0.1)
    assert stream.find(5.0) is Hearing.LOST


def test_a_stream_that_has_ended_stays_so_whatever_comes() -> None:
    stream = OutputStream(RATE)
    stream.receive(sound(0.3), None, at=0.0)
    stream.finish()
    assert stream.receive(sound(0.1), 9000, at=1.0).size == 0
    assert not stream.finished
    assert stream.interrupt() == pytest.approx(0.3)
    assert stream.finished


# Captions on it


@pytest.mark.slow
@settings(max_examples=tries(200), deadline=None)
@given(st.lists(st.sampled_from(["audio", "text", "hear", "interrupt"]), max_size=60))
def test_words_come_once_in_order_and_never_before_their_audio_in_whatever_order_things_come(steps: list[str]) -> None:
    stream, track = OutputStream(RATE), CaptionTrack("assistant")
    words = [Fragment(f" {index}", index / 5, index / 5 + 0.2) for index in range(8)]
    audio, unwritten, shown = len(words), list(words), list[str]()
    for step in [*steps, *["audio", "text", "hear", "hear", "hear"] * len(words)]:
        match step:
            case "audio" if audio:
                stream.receive(sound(0.2), None, at=0.0)
                audio -= 1
            case "text" if unwritten:
                track.push(unwritten.pop(0))
            case "hear":
                hear(stream, 0.07)
            case "interrupt":
                stream.interrupt()
        for caption in track.due(stream):
            assert caption.start < stream.position
            assert caption.index == len(shown)
            shown.append(caption.text)
    everything = [word.text for word in words]
    assert shown == [text for text in everything if text in shown]
    assert "interrupt" in steps or shown == everything


def test_a_fragment_is_not_due_before_those_that_came_before_it() -> None:
    stream, track = OutputStream(RATE), CaptionTrack("assistant")
    stream.receive(sound(1.0), None, at=0.0)
    track.push(Fragment("late", 0.8, 0.9))
    track.push(Fragment(" early", 0.1, 0.2))
    hear(stream, 0.5)
    assert track.due(stream) == []
    hear(stream, 0.4)
    assert [(caption.text, caption.start) for caption in track.due(stream)] == [("late", 0.8), (" early", 0.1)]
