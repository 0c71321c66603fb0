"""Speech regions and syllables, by energy alone."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.features._energy import EnergyTracker

from .speech import RATE, hum, silence


def tracker(*pieces: Pcm, rate: int = RATE, chunk: int = 4800) -> EnergyTracker:
    sound = np.concatenate(pieces)
    energy = EnergyTracker(rate)
    for at in range(0, len(sound), chunk):
        energy.push(sound[at : at + chunk])
    return energy


def noise(seconds: float, level: float) -> Pcm:
    return (np.random.default_rng(1).normal(0, level, round(seconds * RATE))).astype(np.int16)


def test_speech_is_found_between_pauses() -> None:
    energy = tracker(silence(0.3), hum(0.5), silence(0.4), hum(0.8), silence(0.3))
    assert energy.speech_regions(0.0, energy.seconds) == pytest.approx(np.array([[0.3, 0.8], [1.2, 2.0]]), abs=0.02)


def test_a_part_of_the_audio_has_its_own_regions() -> None:
    energy = tracker(hum(0.5), silence(0.5), hum(0.5), silence(0.5))
    assert energy.speech_regions(0.75, 1.25) == pytest.approx(np.array([[1.0, 1.25]]), abs=0.02)


def test_a_plosive_is_no_pause_and_a_click_no_speech() -> None:
    energy = tracker(hum(0.4), silence(0.07), hum(0.4), silence(0.5), hum(0.02), silence(0.5), hum(0.4))
    assert energy.speech_regions(0.0, energy.seconds) == pytest.approx(np.array([[0.0, 0.87], [1.89, 2.29]]), abs=0.02)


@pytest.mark.parametrize("level", [20_000.0, 8000.0, 300.0])
def test_the_level_makes_no_difference(level: float) -> None:
    energy = tracker(hum(0.5, level), silence(0.4), hum(0.5, level))
    assert len(energy.speech_regions(0.0, energy.seconds)) == 2


@pytest.mark.parametrize("level", [1.0, 30.0, 150.0])
def test_noise_in_the_pauses_is_no_speech(level: float) -> None:
    quiet = noise(2.2, level)
    speech = np.concatenate([silence(0.4), hum(0.5), silence(0.4), hum(0.5), silence(0.4)])
    energy = tracker(speech + quiet)
    assert energy.speech_regions(0.0, energy.seconds) == pytest.approx(np.array([[0.4, 0.9], [1.3, 1.8]]), abs=0.05)


def test_a_dc_offset_is_no_speech() -> None:
    energy = tracker(np.concatenate([hum(0.5), silence(0.4), hum(0.5)]) + np.int16(3000))
    assert len(energy.speech_regions(0.0, energy.seconds)) == 2


def test_silence_has_no_speech() -> None:
    assert len(tracker(silence(1.0)).speech_regions(0.0, 1.0)) == 0
    assert len(tracker(noise(1.0, 5.0)).speech_regions(0.0, 1.0)) == 0
    assert len(EnergyTracker(RATE).speech_regions(0.0, 0.0)) == 0


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_the_sample_rate_makes_no_difference(rate: int) -> None:
    t = np.arange(rate) / rate
    tone = (8000 * np.sin(2 * np.pi * 300 * t)).astype(np.int16)
    energy = tracker(tone, np.zeros(rate, np.int16), tone, rate=rate)
    assert energy.seconds == 3.0
    assert energy.speech_regions(0.0, 3.0) == pytest.approx(np.array([[0.0, 1.0], [2.0, 3.0]]), abs=0.02)


@pytest.mark.parametrize("chunk", [1, 239, 240, 4800, 200_000])
def test_the_pieces_in_which_audio_arrives_make_no_difference(chunk: int) -> None:
    sound = (hum(0.3), silence(0.2), hum(0.3))
    energy = tracker(*sound, chunk=chunk)
    assert np.array_equal(energy.speech_regions(0.0, 0.8), tracker(*sound).speech_regions(0.0, 0.8))


def test_syllable_boundaries_are_dips_of_the_energy() -> None:
    energy = tracker(*(hum(0.2) for _ in range(10)), silence(0.5), *(hum(0.2) for _ in range(5)))
    assert energy.syllable_boundaries(0.0, 2.0) == pytest.approx(np.arange(0.2, 2.0, 0.2), abs=0.03)
    assert energy.syllable_boundaries(2.5, 3.5) == pytest.approx(np.arange(2.7, 3.5, 0.2), abs=0.03)
    assert len(energy.syllable_boundaries(0.0, 0.02)) == 0
