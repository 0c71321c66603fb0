"""Two tracks on one timeline: audio at the time it was heard, without gaps or overlaps from clock errors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.recording._stereo import JITTER_FRAMES, REORDER_FRAMES, Channel, StereoMixer, Track

BLOCK = to_frames(0.02)


def sound(frames: int, first: int = 1) -> Pcm:
    """Frames that differ and are never 0."""
    return (np.arange(first, first + frames) % 30_000 + 1).astype(np.int16)


def all_of(track: Track) -> npt.NDArray[np.int16]:
    return track.take(track.end_frames)


def test_audio_is_placed_where_it_is_due_with_silence_before_it() -> None:
    track = Track()
    track.place(24_000, sound(480))
    assert all_of(track).tolist() == [0] * 24_000 + sound(480).tolist()


@given(st.lists(st.integers(-JITTER_FRAMES // 2, JITTER_FRAMES // 2), min_size=1, max_size=49))
def test_contiguous_audio_stays_contiguous_under_jitter(jitter: list[int]) -> None:
    track = Track()
    whole = sound(BLOCK * len(jitter))
    for n, error in enumerate(jitter):
        track.place(n * BLOCK + error, whole[n * BLOCK : (n + 1) * BLOCK])
    assert all_of(track).tolist() == whole.tolist()


@pytest.mark.parametrize("delayed", [3, 10, 50])
def test_blocks_reported_late_and_together_leave_no_gap(delayed: int) -> None:
    track = Track()
    whole = sound(BLOCK * 100)
    for n in range(100):
        # The reader was blocked while `delayed` blocks came in, and stamps each with the present time.
        due = (20 + delayed) * BLOCK if 20 <= n < 20 + delayed else n * BLOCK
        track.place(due, whole[n * BLOCK : (n + 1) * BLOCK])
    assert abs(track.end_frames - len(whole)) <= JITTER_FRAMES
    recorded = all_of(track)
    assert recorded[recorded != 0].tolist() == whole.tolist()


def test_a_slow_clock_displaces_audio_by_no_more_than_the_jitter() -> None:
    track, fast = Track(), 1.0005  # the device captures 500 ppm more frames than its nominal rate
    for n in range(10_000):
        track.place(round(n * BLOCK / fast), sound(BLOCK))
        assert abs(track.end_frames - (n + 1) * BLOCK / fast) <= JITTER_FRAMES + 1


@pytest.mark.parametrize("drift", [100e-6, -100e-6])
def test_an_hour_of_audio_does_not_drift(drift: float) -> None:
    track, block = Track(), sound(BLOCK)
    for n in range(3600 * 50):
        due = n * BLOCK / (1 + drift)
        track.place(round(due) + n * 7 % 240, block)  # reported up to 10 ms late
        assert abs(track.end_frames - BLOCK - due) < to_frames(0.01)
        if n % 50 == 0:
            track.take(n * BLOCK - REORDER_FRAMES if n * BLOCK > REORDER_FRAMES else 0)


def test_a_pause_beyond_the_jitter_is_silence() -> None:
    track = Track()
    track.place(0, sound(480))
    track.place(480 + JITTER_FRAMES + 1, sound(480))
    assert all_of(track).tolist() == sound(480).tolist() + [0] * (JITTER_FRAMES + 1) + sound(480).tolist()


def test_the_channels_are_separate_and_aligned() -> None:
    stereo = StereoMixer()
    blocks = list(stereo.place(Channel.USER, 0, sound(2400)))
    blocks += stereo.place(Channel.ASSISTANT, 2400, sound(2400, first=5000))
    file = np.concatenate([*blocks, *stereo.finish()])
    assert file.shape == (4800, 2)
    assert file[:, Channel.USER].tolist() == sound(2400).tolist() + [0] * 2400
    assert file[:, Channel.ASSISTANT].tolist() == [0] * 2400 + sound(2400, first=5000).tolist()


def test_a_channel_may_be_reported_later_than_the_other() -> None:
    stereo = StereoMixer()
    blocks = [
        block for n in range(100) for block in stereo.place(Channel.USER, n * BLOCK, sound(BLOCK))
    ]  # two seconds, before the other channel reports the first of them
    blocks += stereo.place(Channel.ASSISTANT, 0, sound(24_000))
    file = np.concatenate([*blocks, *stereo.finish()])
    assert file[:24_000, Channel.ASSISTANT].tolist() == sound(24_000).tolist()


def test_hours_of_silence_are_yielded_in_blocks() -> None:
    stereo = StereoMixer()
    hour = to_frames(3600.0)
    longest = max(len(block) for block in stereo.place(Channel.USER, hour, sound(480)))
    assert longest <= to_frames(0.5)
    assert sum(len(block) for block in stereo.finish()) <= REORDER_FRAMES + longest + 480


@given(
    st.lists(
        st.tuples(st.sampled_from(Channel), st.integers(0, 24_000), st.integers(1, 5000)), min_size=1, max_size=40
    )
)
def test_every_frame_is_yielded_once_in_both_channels(
    reports: list[tuple[Channel, int, int]],
) -> None:
    stereo, blocks, now = StereoMixer(), [], 0
    for channel, pause, frames in reports:
        now += pause
        blocks += list(stereo.place(channel, now, sound(frames)))
        now += frames
    file = np.concatenate([*blocks, *stereo.finish()])
    for channel in Channel:
        heard = np.concatenate([sound(frames) for side, _, frames in reports if side is channel] or [sound(0)])
        assert file[:, channel][file[:, channel] != 0].tolist() == heard.tolist()
    assert abs(len(file) - now) <= JITTER_FRAMES


@pytest.mark.parametrize("rate", [8000, 16_000, 48_000])
def test_a_channel_at_another_rate_is_placed_where_it_was_heard(rate: int) -> None:
    stereo = StereoMixer({Channel.USER: rate, Channel.ASSISTANT: 24_000})
    tone = (8000 * np.sin(2 * np.pi * 500 * np.arange(rate) / rate)).astype(np.int16)
    blocks = list(stereo.place(Channel.ASSISTANT, 0, sound(100_000)))
    for start in range(0, rate, rate // 50):
        blocks += stereo.place(Channel.USER, 2 * rate + start, tone[start : start + rate // 50])
    file = np.concatenate([*blocks, *stereo.finish()])
    assert len(file) == 100_000
    assert file[:, Channel.ASSISTANT].tolist() == sound(100_000).tolist()
    expected = 8000 * np.sin(2 * np.pi * 500 * np.arange(24_000) / 24_000)
    heard = file[48_000:72_000, Channel.USER].astype(int)
    assert np.abs(heard - expected)[600:-600].max() < 100
    assert np.abs(file[:47_000, Channel.USER]).max() <= 1


def test_a_channel_at_another_rate_is_complete() -> None:
    stereo = StereoMixer({Channel.USER: 8000, Channel.ASSISTANT: 8000})
    blocks = [*stereo.place(Channel.USER, 0, sound(8000)), *stereo.finish()]
    assert sum(map(len, blocks)) == 24_000
