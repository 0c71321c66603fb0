"""Likelihoods of phones in each frame, relative to the voice, and what they cost."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest
import soxr

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.decoding._costs import emission_costs
from realtime_sdk.captions.features._frame_table import Float32s
from realtime_sdk.captions.features._phone_classes import PhoneClass, mixtures
from realtime_sdk.captions.features._phone_likelihoods import PhoneLikelihoods
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES, phone_model

from .speech import RATE, say, silence

AUDIO = np.concatenate([silence(0.3), *[say(word, 0.4) for word in ("sa", "mi", "su") * 4], silence(0.3)])
TIMES = np.arange(0.0, len(AUDIO) / RATE, 0.01)
EVERY = np.arange(len(PhoneClass))


def likelihoods(audio: Pcm = AUDIO, *, rate: int = RATE, chunk: int = 10**9) -> Float32s:
    tracker = PhoneLikelihoods(rate)
    for at in range(0, len(audio), chunk):
        tracker.push(audio[at : at + chunk])
        tracker.at(TIMES[:1])
    return tracker.at(TIMES)


def posteriors(log_scaled_likelihoods: Float32s) -> Float32s:
    shares: Float32s = np.exp(log_scaled_likelihoods) * phone_model().prior
    return shares


def test_the_posteriors_of_a_frame_add_up_to_one() -> None:
    assert posteriors(likelihoods()).sum(1) == pytest.approx(1.0, abs=3e-3)  # the precision of those that are kept


def test_a_frame_is_classified_the_same_in_whatever_pieces_its_audio_arrives() -> None:
    assert likelihoods(chunk=7777) == pytest.approx(likelihoods(), abs=1e-3)


def test_a_frame_of_the_past_stays_as_it_is() -> None:
    tracker = PhoneLikelihoods(RATE)
    tracker.push(AUDIO[: 4 * RATE])
    past = tracker.at(TIMES[:300])
    tracker.push((AUDIO // 8).astype(np.int16))
    assert np.array_equal(tracker.at(TIMES[:300]), past)


@pytest.mark.parametrize("known", [25, 50, 100])
def test_the_first_frames_are_classified_again_each_time_twice_as_much_is_known(known: int) -> None:
    tracker = PhoneLikelihoods(RATE)
    past = []
    for begin, end in (0, known), (known, 2 * known - 1), (2 * known - 1, 2 * known):
        tracker.push(AUDIO[begin * RATE // 100 : end * RATE // 100])
        past.append(tracker.at(TIMES[: known - 10]))
    assert np.array_equal(past[0], past[1])
    assert not np.allclose(past[1], past[2], atol=1e-3)


def test_the_level_of_a_recording_makes_little_difference() -> None:
    quiet = posteriors(likelihoods((AUDIO // 4).astype(np.int16)))
    assert np.abs(quiet - posteriors(likelihoods())).mean() < 0.01


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_the_sample_rate_makes_little_difference(rate: int) -> None:
    resampled = posteriors(likelihoods(soxr.resample(AUDIO, RATE, rate), rate=rate))
    assert np.abs(resampled - posteriors(likelihoods())).mean() < 0.01


def test_silence_is_not_speech() -> None:
    tracker = PhoneLikelihoods(RATE)
    tracker.push(AUDIO)
    spoken = tracker.speech_at(np.array([0.1, 0.55, 0.95]))
    assert spoken[0] < 0.1
    assert spoken[1:].min() > 0.9


def test_a_hiss_a_vowel_and_a_nasal_are_told_apart() -> None:
    hiss, vowel, nasal = emission_costs(likelihoods()[[32, 50, 71]], EVERY)
    assert hiss[PhoneClass.HISS] < hiss[[PhoneClass.A, PhoneClass.NASAL]].min()
    assert vowel[PhoneClass.A] < vowel[[PhoneClass.HISS, PhoneClass.NASAL, PhoneClass.U]].min()
    assert nasal[PhoneClass.NASAL] < nasal[[PhoneClass.A, PhoneClass.HISS]].min()


def test_any_audio_can_be_classified() -> None:
    noise = np.random.default_rng(0).normal(0, 3000, RATE).astype(np.int16)
    for audio in (silence(1.0), noise, np.full(RATE, -32768, np.int16), AUDIO[:100], AUDIO[:300]):
        assert np.isfinite(likelihoods(audio)).all()


def test_before_any_audio_and_after_it_was_released_all_phones_cost_the_same() -> None:
    tracker = PhoneLikelihoods(RATE)
    assert np.ptp(emission_costs(tracker.at(TIMES), EVERY)) < 1e-6
    tracker.push(AUDIO)
    tracker.release_audio()
    assert np.ptp(emission_costs(tracker.at(TIMES), EVERY)) < 1e-6


def test_likelihoods_stay_after_the_audio_is_released() -> None:
    tracker = PhoneLikelihoods(RATE)
    tracker.push(AUDIO)
    known = tracker.at(TIMES)
    tracker.release_audio()
    assert np.array_equal(tracker.at(TIMES), known)


def test_the_cost_of_a_frame_that_fits_no_phone_is_limited() -> None:
    unlike = np.full((2, len(ACOUSTIC_CLASSES)), [[-20.0], [-200.0]], np.float32)
    one, other = emission_costs(unlike, EVERY)
    assert one == pytest.approx(other, abs=1e-3)


def test_each_phone_is_a_mixture_of_acoustic_classes() -> None:
    assert mixtures().shape == (len(PhoneClass), len(ACOUSTIC_CLASSES))
    assert mixtures().sum(1) == pytest.approx(1.0)
    assert mixtures()[:, ACOUSTIC_CLASSES.index("SIL")].max() == 0.0


def test_audio_is_analysed_and_classified_a_second_at_a_time() -> None:
    tracker = PhoneLikelihoods(RATE)
    tracker.push(np.concatenate([AUDIO[: 2 * RATE], AUDIO[:100]]))
    assert tracker.analyse_some()
    assert tracker.analyse_some()  # the second second, and the first with the levels of both
    assert not tracker.analyse_some()


def test_the_weights_are_small_and_plain_arrays() -> None:
    file = resources.files("realtime_sdk.captions.features") / "phone_model.npz"
    assert len(file.read_bytes()) <= 400_000
    assert len(phone_model().prior) == len(ACOUSTIC_CLASSES)


@pytest.mark.parametrize("level", [100.0, 3000.0])
def test_steady_noise_is_not_speech(level: float) -> None:
    tracker = PhoneLikelihoods(RATE)
    tracker.push(np.random.default_rng(0).normal(0, level, 4 * RATE).astype(np.int16))
    assert tracker.speech_at(np.arange(0.5, 3.5, 0.01)).mean() < 0.1
