"""How frames sound, against the voice that they belong to."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.features._energy import Floats
from realtime_sdk.captions.features._phone_classes import PhoneClass, emission_costs
from realtime_sdk.captions.features._spectral import SpectralFeatures

from .speech import RATE, say, silence

SOUND = np.concatenate([say("sa", 0.4), silence(0.2), say("mi", 0.4), say("su", 0.4)])
TIMES = np.arange(0.0, 1.4, 0.01)
LEVEL, HISSING = 0, 6


def features(sound: Pcm = SOUND, *, rate: int = RATE, chunk: int = 10**9) -> Floats:
    spectral = SpectralFeatures(rate)
    for at in range(0, len(sound), chunk):
        spectral.push(sound[at : at + chunk])
    return spectral.features(TIMES)


def test_a_hiss_differs_from_a_vowel_and_both_from_silence() -> None:
    hiss, vowel, pause = (features()[round(100 * at)] for at in (0.03, 0.2, 0.5))
    assert hiss[HISSING] > vowel[HISSING] + 10
    assert vowel[LEVEL] > pause[LEVEL] + 30


def test_a_frame_that_sounds_like_nothing_known_costs_no_more_than_any_that_is_unlike() -> None:
    odd, odder = emission_costs(np.array([[-45.0, 25.0, -30.0, 25.0, -30.0, 25.0, -30.0, 0.0], [-90.0] * 8]))
    assert odder.max() == odd.max()


def test_sounds_are_told_apart_by_kind() -> None:
    spectral = SpectralFeatures(RATE)
    spectral.push(np.concatenate([say(syllable, 0.3) for syllable in ("si", "mo", "ta") * 3]))
    hiss, i, nasal, o = emission_costs(spectral.features(np.array([0.93, 1.1, 1.23, 1.4])))
    assert hiss.argmin() == PhoneClass.HISS
    assert i[PhoneClass.I] < i[PhoneClass.O] and o[PhoneClass.O] < o[PhoneClass.I]
    assert nasal[PhoneClass.NASAL] < min(nasal[PhoneClass.A], nasal[PhoneClass.HISS])


def test_the_level_of_a_recording_makes_no_difference() -> None:
    quiet = features((SOUND // 4).astype(np.int16))
    assert np.median(np.abs(quiet - features())) < 0.1


@pytest.mark.parametrize("chunk", [1000, 7777, 24_000])
def test_the_pieces_in_which_sound_comes_make_no_difference(chunk: int) -> None:
    assert np.array_equal(features(chunk=chunk), features())


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_every_rate_tells_much_the_same(rate: int) -> None:
    resampled = features(soxr.resample(SOUND, RATE, rate), rate=rate)
    assert np.median(np.abs(resampled - features())) < 1.0


def test_a_telephone_has_no_band_for_hissing() -> None:
    narrow = features(soxr.resample(SOUND, RATE, 8000), rate=8000)
    assert np.isnan(narrow[:, HISSING]).all()
    assert not np.isnan(np.delete(narrow, HISSING, axis=1)).any()
    assert not np.isnan(emission_costs(narrow)).any()


def test_before_any_sound_nothing_tells_one_kind_from_another() -> None:
    assert np.ptp(emission_costs(SpectralFeatures(RATE).features(TIMES))) == 0.0


def test_steady_noise_tells_nothing() -> None:
    noise = np.random.default_rng(0).normal(size=2 * RATE)
    assert np.isnan(features((3000 * noise).astype(np.int16))).all()


def test_sound_that_nobody_looked_at_can_be_let_go() -> None:
    spectral = SpectralFeatures(RATE)
    spectral.push(SOUND)
    spectral.release_audio()
    assert np.isnan(spectral.features(TIMES)).all()


def test_what_was_measured_stays() -> None:
    spectral = SpectralFeatures(RATE)
    spectral.push(SOUND)
    measured = spectral.features(TIMES)
    spectral.release_audio()
    assert np.array_equal(spectral.features(TIMES), measured)
