"""How frames sound, against the voice that they belong to."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.features._energy import Floats
from realtime_sdk.captions.features._kinds import Kind, misfits
from realtime_sdk.captions.features._timbre import Timbre

from .speech import RATE, say, silence

SOUND = np.concatenate([say("sa", 0.4), silence(0.2), say("mi", 0.4), say("su", 0.4)])
TIMES = np.arange(0.0, 1.4, 0.01)
LEVEL, HISSING = 0, 6


def features(sound: Pcm = SOUND, *, rate: int = RATE, chunk: int = 10**9) -> Floats:
    timbre = Timbre(rate)
    for at in range(0, len(sound), chunk):
        timbre.push(sound[at : at + chunk])
    return timbre.features(TIMES)


def test_a_hiss_differs_from_a_vowel_and_both_from_silence() -> None:
    hiss, vowel, pause = (features()[round(100 * at)] for at in (0.03, 0.2, 0.5))
    assert hiss[HISSING] > vowel[HISSING] + 10
    assert vowel[LEVEL] > pause[LEVEL] + 30


def test_a_frame_that_sounds_like_nothing_known_costs_no_more_than_any_that_is_unlike() -> None:
    odd, odder = misfits(np.array([[-45.0, 25.0, -30.0, 25.0, -30.0, 25.0, -30.0, 0.0], [-90.0] * 8]))
    assert odder.max() == odd.max()


def test_sounds_are_told_apart_by_kind() -> None:
    timbre = Timbre(RATE)
    timbre.push(np.concatenate([say(syllable, 0.3) for syllable in ("si", "mo", "ta") * 3]))
    hiss, i, nasal, o = misfits(timbre.features(np.array([0.93, 1.1, 1.23, 1.4])))
    assert hiss.argmin() == Kind.HISS
    assert i[Kind.I] < i[Kind.O] and o[Kind.O] < o[Kind.I]
    assert nasal[Kind.NASAL] < min(nasal[Kind.A], nasal[Kind.HISS])


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
    assert not np.isnan(misfits(narrow)).any()


def test_before_any_sound_nothing_tells_one_kind_from_another() -> None:
    assert np.ptp(misfits(Timbre(RATE).features(TIMES))) == 0.0


def test_steady_noise_tells_nothing() -> None:
    noise = np.random.default_rng(0).normal(size=2 * RATE)
    assert np.isnan(features((3000 * noise).astype(np.int16))).all()


def test_sound_that_nobody_looked_at_can_be_let_go() -> None:
    timbre = Timbre(RATE)
    timbre.push(SOUND)
    timbre.let_go()
    assert np.isnan(timbre.features(TIMES)).all()


def test_what_was_measured_stays() -> None:
    timbre = Timbre(RATE)
    timbre.push(SOUND)
    measured = timbre.features(TIMES)
    timbre.let_go()
    assert np.array_equal(timbre.features(TIMES), measured)
