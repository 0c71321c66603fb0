"""The high-pass filter and the noise suppression of a canceller."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture.echo._high_pass import HighPass
from realtime_sdk.capture.echo._linear import LinearCanceller

from .rooms import FRAME, RATE, Signal, babble, likeness, pcm, reduction, run

SECONDS = 6


def tone(frequency: float) -> Signal:
    return np.asarray(0.05 * np.sin(2 * np.pi * frequency * np.arange(SECONDS * RATE) / RATE))


def left_of(sound: Signal, **options: bool) -> Pcm:
    """The output for a signal while nothing is rendered."""
    return run(LinearCanceller(RATE, **options), pcm(sound), np.zeros(len(sound), np.int16))


@pytest.mark.parametrize(("frequency", "least"), [(20, 40), (50, 28), (60, 20)])
def test_hum_is_taken_out(frequency: float, least: float) -> None:
    assert reduction(tone(frequency), left_of(tone(frequency), high_pass=True), 1, 5.9) > least


@pytest.mark.parametrize("frequency", [150, 440, 3000])
def test_the_high_pass_filter_leaves_voices_alone(frequency: float) -> None:
    assert abs(reduction(tone(frequency), left_of(tone(frequency), high_pass=True), 1, 5.9)) < 1


def test_hum_remains_without_the_high_pass_filter() -> None:
    assert abs(reduction(tone(50), left_of(tone(50)), 1, 5.9)) < 1


def test_the_filter_does_not_depend_on_the_block_length() -> None:
    sound = babble(1, seed=1).astype(np.float32)
    long, short = HighPass(RATE, 2 * FRAME), HighPass(RATE, FRAME)
    once = np.concatenate([long.process(block) for block in sound.reshape(-1, 2 * FRAME)])
    twice = np.concatenate([short.process(block) for block in sound.reshape(-1, FRAME)])
    assert np.allclose(once, twice, atol=1e-6)


@pytest.mark.parametrize("loudness", [0.003, 0.01, 0.03])
def test_stationary_noise_is_suppressed(loudness: float) -> None:
    noise = loudness * np.random.default_rng(2).standard_normal(SECONDS * RATE)
    assert reduction(noise, left_of(noise, noise_suppression=True), 2, 5.9) > 12
    assert abs(reduction(noise, left_of(noise), 2, 5.9)) < 1


def test_a_voice_in_noise_is_kept_and_more_like_itself() -> None:
    noise = 0.02 * np.random.default_rng(3).standard_normal(SECONDS * RATE)
    voice = babble(SECONDS, seed=4)
    clean = left_of(voice) / 32767
    kept, bare = (left_of(voice + noise, noise_suppression=option) for option in (True, False))
    assert likeness(clean, kept, 2, 5.9) > max(0.95, likeness(clean, bare, 2, 5.9))


def test_a_voice_without_noise_is_unchanged() -> None:
    voice = babble(SECONDS, seed=5)
    assert likeness(left_of(voice) / 32767, left_of(voice, noise_suppression=True), 2, 5.9) > 0.97
