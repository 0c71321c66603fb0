"""Spectral features of frames, relative to their voice, and the emission costs."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.features._energy import Floats
from realtime_sdk.captions.features._phone_classes import PhoneClass, emission_costs
from realtime_sdk.captions.features._spectral import SpectralFeatures

from .speech import RATE, say, silence

AUDIO = np.concatenate([say("sa", 0.4), silence(0.2), say("mi", 0.4), say("su", 0.4)])
TIMES = np.arange(0.0, 1.4, 0.01)
LEVEL, FRICATIVE_BAND = 0, 6


def features(sound: Pcm = AUDIO, *, rate: int = RATE, chunk: int = 10**9) -> Floats:
    spectral = SpectralFeatures(rate)
    for at in range(0, len(sound), chunk):
        spectral.push(sound[at : at + chunk])
    return spectral.features(TIMES)


def test_a_hiss_differs_from_a_vowel_and_both_from_silence() -> None:
    hiss, vowel, pause = (features()[round(100 * at)] for at in (0.03, 0.2, 0.5))
    assert hiss[FRICATIVE_BAND] > vowel[FRICATIVE_BAND] + 10
    assert vowel[LEVEL] > pause[LEVEL] + 30


def test_the_cost_of_a_frame_that_fits_no_class_is_limited() -> None:
    unlike, more_unlike = emission_costs(np.array([[-45.0, 25.0, -30.0, 25.0, -30.0, 25.0, -30.0, 0.0], [-90.0] * 8]))
    assert more_unlike.max() == unlike.max()


def test_phone_classes_are_distinguished() -> None:
    spectral = SpectralFeatures(RATE)
    spectral.push(np.concatenate([say(syllable, 0.3) for syllable in ("si", "mo", "ta") * 3]))
    hiss, i, nasal, o = emission_costs(spectral.features(np.array([0.93, 1.1, 1.23, 1.4])))
    assert hiss.argmin() == PhoneClass.HISS
    assert i[PhoneClass.I] < i[PhoneClass.O] and o[PhoneClass.O] < o[PhoneClass.I]
    assert nasal[PhoneClass.NASAL] < min(nasal[PhoneClass.A], nasal[PhoneClass.HISS])


def test_the_level_of_a_recording_makes_no_difference() -> None:
    quiet = features((AUDIO // 4).astype(np.int16))
    assert np.median(np.abs(quiet - features())) < 0.1


@pytest.mark.parametrize("chunk", [1000, 7777, 24_000])
def test_the_pieces_in_which_audio_arrives_make_no_difference(chunk: int) -> None:
    assert np.array_equal(features(chunk=chunk), features())


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_the_sample_rate_makes_little_difference(rate: int) -> None:
    resampled = features(soxr.resample(AUDIO, RATE, rate), rate=rate)
    assert np.median(np.abs(resampled - features())) < 1.0


def test_telephone_audio_has_no_fricative_band() -> None:
    narrow = features(soxr.resample(AUDIO, RATE, 8000), rate=8000)
    assert np.isnan(narrow[:, FRICATIVE_BAND]).all()
    assert not np.isnan(np.delete(narrow, FRICATIVE_BAND, axis=1)).any()
    assert not np.isnan(emission_costs(narrow)).any()


def test_before_any_audio_all_classes_cost_the_same() -> None:
    assert np.ptp(emission_costs(SpectralFeatures(RATE).features(TIMES))) == 0.0


def test_noise_has_no_features() -> None:
    noise = np.random.default_rng(0).normal(size=2 * RATE)
    assert np.isnan(features((3000 * noise).astype(np.int16))).all()


def test_released_audio_has_no_features() -> None:
    spectral = SpectralFeatures(RATE)
    spectral.push(AUDIO)
    spectral.release_audio()
    assert np.isnan(spectral.features(TIMES)).all()


def test_features_stay_after_the_audio_is_released() -> None:
    spectral = SpectralFeatures(RATE)
    spectral.push(AUDIO)
    measured = spectral.features(TIMES)
    spectral.release_audio()
    assert np.array_equal(spectral.features(TIMES), measured)
