"""Pieces are resampled as the whole would be."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soxr
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import SILENCE, Samples, to_pcm, to_samples
from realtime_sdk.audio._resampling import FILTER_REACH_SECONDS, Resampler, Resampling

RATES = [(24_000, 48_000), (24_000, 44_100), (24_000, 16_000), (48_000, 24_000), (44_100, 24_000), (8_000, 24_000)]


def noise(frames: int) -> Samples:
    """Sound in which every frame matters."""
    return (0.1 * np.random.default_rng(5).standard_normal(frames)).astype(np.float32)


def distortion(sound: Samples, ideal: Samples) -> float:
    """The power of the difference, in dB against the signal's."""
    return 10 * math.log10(np.sum((sound - ideal) ** 2) / np.sum(ideal**2) + 1e-30)


@pytest.mark.parametrize(("rate", "new_rate"), RATES)
@given(pieces=st.lists(st.integers(0, 1500), min_size=1, max_size=12))
def test_pieces_of_any_length_give_the_result_of_the_whole(rate: int, new_rate: int, pieces: list[int]) -> None:
    sound = noise(sum(pieces))
    resampler = Resampler(rate, new_rate)
    converted = np.zeros(0, np.float32)
    start = 0
    for frames in pieces:
        converted = np.concatenate([converted[: resampler.settled], resampler.push(sound[start : start + frames])])
        start += frames
        assert len(converted) == resampler.given == math.ceil(start * new_rate / rate)
    ideal = soxr.resample(np.pad(sound, (0, rate)), rate, new_rate)[: len(converted)]
    assert len(converted) == 0 or distortion(converted, ideal) < -96, "16 bits"


@pytest.mark.parametrize(("rate", "new_rate"), RATES)
def test_all_but_the_last_10_ms_is_settled(rate: int, new_rate: int) -> None:
    resampler = Resampler(rate, new_rate)
    resampler.push(noise(rate // 1000 * 25))
    assert resampler.settled == pytest.approx(0.015 * new_rate, abs=1)


def test_settled_frames_do_not_depend_on_later_ones() -> None:
    resampler = Resampler(24_000, 44_100)
    first = resampler.push(noise(2400))
    settled = resampler.settled
    resampler.push(np.full(2400, 0.9, np.float32))
    whole = soxr.resample(np.concatenate([noise(2400), np.full(2400, 0.9, np.float32)]), 24_000, 44_100)
    assert distortion(first[:settled], whole[:settled]) < -96


@pytest.mark.parametrize(("rate", "new_rate"), RATES)
def test_frames_are_found_again(rate: int, new_rate: int) -> None:
    resampler = Resampler(rate, new_rate)
    for frame in range(1000):
        new_frame = resampler.new_frame(frame)
        assert new_frame == math.ceil(frame * new_rate / rate)
        assert resampler.old_frame(new_frame) >= frame
        assert new_frame == 0 or resampler.old_frame(new_frame - 1) < frame


@pytest.mark.parametrize(("rate", "new_rate"), RATES)
@given(pieces=st.lists(st.integers(0, 1500), min_size=1, max_size=12))
def test_a_stream_holds_back_10_ms_and_then_gives_all(rate: int, new_rate: int, pieces: list[int]) -> None:
    sound, start = to_pcm(noise(sum(pieces))), 0
    resampling, converted = Resampling(rate, new_rate), SILENCE
    for frames in pieces:
        converted = np.concatenate([converted, resampling.push(sound[start : start + frames])])
        start += frames
        assert len(converted) + resampling.held_back == math.ceil(start * new_rate / rate)
        assert resampling.held_back <= math.ceil(FILTER_REACH_SECONDS * new_rate)
    converted = np.concatenate([converted, resampling.end()])
    ideal = soxr.resample(np.pad(to_samples(sound), (0, rate)), rate, new_rate)[: len(converted)]
    assert resampling.held_back == 0
    assert np.abs(to_samples(converted) - ideal).max(initial=0.0) < 1 / 32768


def test_frames_after_an_end_are_another_stream() -> None:
    resampling, fresh = Resampling(24_000, 16_000), Resampling(24_000, 16_000)
    resampling.push(to_pcm(noise(1000)))
    resampling.end()
    assert np.array_equal(resampling.push(to_pcm(noise(2400))), fresh.push(to_pcm(noise(2400))))


def test_equal_rates_copy_nothing() -> None:
    pcm = to_pcm(noise(480))
    resampling = Resampling(24_000, 24_000)
    assert resampling.push(pcm) is pcm
    assert resampling.held_back == resampling.end().size == 0
