"""Rendered beside captured audio: counted while a stream goes on, placed by time where it begins."""

from __future__ import annotations

import numpy as np
import soxr
from hypothesis import given, settings, strategies as st
from pytest import approx

from realtime_sdk.audio._pcm import Pcm, to_frames, to_pcm, to_samples
from realtime_sdk.capture.echo._reference import MAX_RENDERED_SPANS, REFERENCE_LEAD_SECONDS, FramePair, Reference
from realtime_sdk.testing import noise

RATE = 24_000
BLOCK = 480
LEAD_FRAMES = round(REFERENCE_LEAD_SECONDS * RATE)


def numbered(start: int, frames: int) -> Pcm:
    """Audio in which every frame differs from its neighbours, and from silence."""
    return (1 + np.arange(start, start + frames) % 32_000).astype(np.int16)


class Room:
    """Captures 20 ms blocks from wall-clock time 100 on; every captured frame is its number."""

    def __init__(self, rendered_rate: int = RATE) -> None:
        self.reference = Reference(RATE, rendered_rate)
        self.pairs: list[FramePair] = []
        self.frames = 0

    def capture(self, blocks: int, off: float = 0.0) -> None:
        for _ in range(blocks):
            at = 100.0 + self.frames / RATE + off
            self.pairs += self.reference.captured(at, numbered(self.frames, BLOCK))
            self.frames += BLOCK

    @property
    def captured(self) -> Pcm:
        return np.concatenate([pair.captured for pair in self.pairs])

    @property
    def rendered(self) -> Pcm:
        return np.concatenate([pair.rendered for pair in self.pairs])


def test_rendered_frames_lie_beside_the_captured_ones_of_the_same_moment_less_the_lead() -> None:
    room = Room()
    room.capture(1)
    room.reference.rendered(100.1, numbered(0, 1000))
    room.capture(20)
    (sounding,) = np.nonzero(np.diff(room.rendered, prepend=0) == 1)
    begin = round(0.1 * RATE)  # the silence before the first captured frame is as long as the lead
    assert sounding[0] == begin
    assert np.array_equal(room.rendered[begin : begin + 1000], numbered(0, 1000))
    assert not np.any(room.rendered[:begin]) and not np.any(room.rendered[begin + 1000 :])


def test_every_captured_frame_is_given_once_in_order_and_with_its_time() -> None:
    room = Room()
    room.capture(30)
    assert not room.captured[:LEAD_FRAMES].any()
    assert np.array_equal(room.captured[LEAD_FRAMES:], numbered(0, 30 * BLOCK - LEAD_FRAMES))
    assert [pair.at for pair in room.pairs] == approx([99.99 + 0.02 * n for n in range(len(room.pairs))])


def test_nothing_heard_is_silence() -> None:
    room = Room()
    room.capture(5)
    assert not np.any(room.rendered)
    assert not any(pair.jumped for pair in room.pairs)


def test_blocks_of_any_length_are_taken() -> None:
    reference = Reference(RATE, RATE)
    at, pairs = 100.0, []
    for frames in (1, 239, 760, 0, 3000):
        pairs += reference.captured(at, numbered(round((at - 100.0) * RATE), frames))
        at += frames / RATE
    captured = np.concatenate([pair.captured for pair in pairs])[LEAD_FRAMES:]
    assert np.array_equal(captured, numbered(0, 8 * BLOCK - LEAD_FRAMES))


def test_lost_audio_is_a_jump_and_later_audio_is_paired_right() -> None:
    room = Room()
    room.capture(50)
    room.frames += 5 * BLOCK  # 100 ms that were lost
    room.capture(50)
    assert sum(pair.jumped for pair in room.pairs) == 1
    room.reference.rendered(100.0 + (room.frames + 960) / RATE, numbered(0, 480))
    room.capture(10)
    first = room.captured[int(np.nonzero(room.rendered)[0][0])]
    assert abs(int(first) - int(numbered(room.frames - 10 * BLOCK + 960 - LEAD_FRAMES, 1)[0])) <= 1


def test_blocks_that_come_late_after_a_busy_moment_are_no_jump() -> None:
    room = Room()
    room.capture(50)
    for late in (0.2, 0.18, 0.16, 0.14, 0.12, 0.1, 0.08, 0.06, 0.04, 0.02):
        room.capture(1, late)
    room.capture(50)
    room.reference.rendered(100.0 + (room.frames + 960) / RATE, numbered(0, 480))
    room.capture(10)
    assert not any(pair.jumped for pair in room.pairs)
    first = room.captured[int(np.nonzero(room.rendered)[0][0])]
    assert abs(int(first) - int(numbered(room.frames - 10 * BLOCK + 960 - LEAD_FRAMES, 1)[0])) <= 24


@settings(deadline=None)
@given(late=st.lists(st.floats(0.0, 0.015), min_size=150, max_size=150))
def test_audio_rendered_until_a_block_was_read_is_in_its_pairs(late: list[float]) -> None:
    room = Room()
    sound, reported = numbered(0, 4 * RATE), 0
    for off in late:
        until = room.frames + BLOCK + int(off * RATE)  # what was rendered by the time the block is read is reported
        room.reference.rendered(100.0 + reported / RATE, sound[reported:until])
        reported = max(reported, until)
        room.capture(1, off)
    assert np.all(room.rendered[RATE:] > 0)


def test_a_microphone_that_captures_nothing_costs_bounded_memory() -> None:
    reference = Reference(RATE, RATE)
    reference.captured(100.0, numbered(0, BLOCK))
    for n in range(2 * MAX_RENDERED_SPANS):
        reference.rendered(100.0 + n / 100, numbered(0, 240))
    assert len(reference._rendered) == MAX_RENDERED_SPANS


@settings(deadline=None)
@given(
    cuts=st.lists(st.integers(1, 2000), min_size=1, max_size=30),
    wobble=st.lists(st.floats(-0.002, 0.002), min_size=30, max_size=30),
    late=st.lists(st.floats(0.0, 0.01), min_size=60, max_size=60),
)
def test_continuous_audio_is_never_stretched_by_jitter_of_its_times(
    cuts: list[int], wobble: list[float], late: list[float]
) -> None:
    room = Room()
    room.capture(1)
    sound, start = numbered(0, sum(cuts)), 0
    for frames, off in zip(cuts, wobble, strict=False):
        room.reference.rendered(100.5 + start / RATE + off, sound[start : start + frames])
        start += frames
    for off in late:
        room.capture(1, off)
    room.capture(140)
    first = int(np.nonzero(room.rendered)[0][0])
    assert np.array_equal(room.rendered[first : first + len(sound)], sound)
    assert abs(first - 0.5 * RATE) <= 0.02 * RATE
    assert not any(pair.jumped for pair in room.pairs)


@settings(deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("heard"), st.floats(99.0, 103.0), st.integers(0, 5000)),
            st.tuples(st.just("captured"), st.floats(99.0, 103.0), st.integers(0, 5000)),
        ),
        max_size=60,
    )
)
def test_pairs_are_whole_for_any_times(steps: list[tuple[str, float, int]]) -> None:
    reference = Reference(RATE, RATE)
    for side, at, frames in steps:
        if side == "heard":
            reference.rendered(at, numbered(0, frames))
        else:
            for pair in reference.captured(at, numbered(0, frames)):
                assert pair.captured.shape == pair.rendered.shape == (BLOCK,)
                assert pair.rendered.dtype == np.int16


@settings(deadline=None)
@given(pieces=st.lists(st.integers(1, 1500), min_size=1, max_size=40))
def test_audio_at_another_rate_is_resampled_as_one_stream(pieces: list[int]) -> None:
    rate, reported = 2 * RATE, 0
    room, sound = Room(rendered_rate=rate), noise(sum(pieces) / rate, seed=1, rate=rate)
    room.capture(5)
    for frames in pieces:
        room.reference.rendered(100.1 + reported / rate, sound[reported : reported + frames])
        reported += frames
        while room.frames + BLOCK <= to_frames(0.1) + reported // 2:  # all that was rendered until then is reported
            room.capture(1)
    room.capture(10)
    whole = to_pcm(soxr.resample(to_samples(sound), rate, RATE))
    begin = to_frames(0.1)
    off = room.rendered[begin:][: len(whole)].astype(int) - whole
    assert np.abs(off).max() <= 1
    assert not room.rendered[:begin].any() and not room.rendered[begin + len(whole) :].any()


def test_audio_at_another_rate_after_a_gap_is_another_stream() -> None:
    rate = 2 * RATE
    room, sound = Room(rendered_rate=rate), np.full(rate // 10, 1000, np.int16)
    room.capture(5)
    for at in (100.1, 100.5):
        room.reference.rendered(at, sound)
        room.capture(20)
    (sounding,) = np.nonzero(room.rendered > 900)
    starts = sounding[np.flatnonzero(np.diff(sounding, prepend=-2) > 1)]
    assert len(starts) == 2 and starts[1] - starts[0] == approx(to_frames(0.4), abs=2)
