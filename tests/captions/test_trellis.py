"""The trellis of a window that changes has the costs of one that is filled at once."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions.decoding._costs import IMPOSSIBLE, PhoneSequence
from realtime_sdk.captions.decoding._trellis import Trellis
from realtime_sdk.captions.features._frame_table import Float32s
from realtime_sdk.captions.features._phone_classes import PhoneClass, mixtures
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES
from realtime_sdk.captions.features._speech_frames import Frames, SpeechFrames
from realtime_sdk.captions.text._segmentation import Boundary

from .phones import window

WORDS, PHONES, FRAMES = 12, 4, 240
"""Words of the window, phones of each, and frames of speech: five for each phone."""

TEMPO = 0.05
"""Seconds per phone."""


def phones() -> PhoneSequence:
    count = WORDS * PHONES
    classes = np.random.default_rng(1).integers(0, len(PhoneClass), count)
    return window(classes, range(0, count + 1, PHONES), syllables=float(2 * WORDS), may_wait=True)


def likelihoods(seed: int) -> Float32s:
    return np.random.default_rng(seed).normal(0.0, 2.0, (FRAMES, len(ACOUSTIC_CLASSES))).astype(np.float32)


def filled(trellis: Trellis, found: Float32s) -> Trellis:
    """Fill the trellis with what was found in the audio."""
    entry_costs = np.full(WORDS * PHONES + 1, IMPOSSIBLE)
    entry_costs[0] = 0.0
    speech = SpeechFrames(np.array([[0.0, FRAMES / 50]]), 0.01, FRAMES / 50, True)
    trellis.update(phones(), speech, found, entry_costs)
    for _ in trellis.advance():
        pass
    return trellis


def trellis() -> Trellis:
    return Trellis(TEMPO)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("first", [1, 60, 120, 200])
def test_likelihoods_that_change_leave_nothing_of_those_before(seed: int, first: int) -> None:
    before, now = likelihoods(seed), likelihoods(seed)
    now[first:] = likelihoods(100 + seed)[first:]
    changed, at_once = filled(filled(trellis(), before), now), filled(trellis(), now)
    for tempo in range(len(changed.tempos)):
        assert changed.ends[tempo].cost == pytest.approx(at_once.ends[tempo].cost, abs=0.01)
        assert np.array_equal(changed.traceback(tempo).onsets, at_once.traceback(tempo).onsets)
    for frame in range(0, FRAMES + 1, 20):
        costs, expected = (trellis.costs_at(frame, TEMPO, within_words=True) for trellis in (changed, at_once))
        np.testing.assert_allclose(costs, expected, atol=0.01)


def onsets_where_words_are_missing(text: PhoneSequence, first: int, stop: int) -> Frames:
    """The onsets of words in audio that speaks all of a text but the words from `first` to before `stop`."""
    missing = np.arange(text.word_starts[first], text.word_starts[stop])
    spoken = np.delete(text.classes, missing).repeat(5)
    found = np.log(mixtures()[spoken] + 0.01).astype(np.float32) + 2.0
    decoded, entries = trellis(), np.full(len(text.classes) + 1, IMPOSSIBLE)
    entries[0] = 0.0
    seconds = len(spoken) / 50
    decoded.update(text, SpeechFrames(np.array([[0.0, seconds]]), 0.01, seconds, True), found, entries)
    for _ in decoded.advance():
        pass
    best = min(range(len(decoded.tempos)), key=lambda tempo: decoded.ends[tempo].cost)
    return decoded.traceback(best).onsets[text.word_starts]


@pytest.mark.parametrize("missing", [4, 8, 12, 16])
def test_a_word_that_the_audio_lacks_is_skipped_however_long(missing: int) -> None:
    lengths = [PHONES] * WORDS
    lengths[3] = missing
    starts = np.append(0, np.cumsum(lengths))
    classes = np.random.default_rng(2).integers(1, len(PhoneClass) - 8, int(starts[-1]))
    text = window(classes, starts.tolist(), syllables=float(2 * WORDS))
    expected = starts - np.where(np.arange(WORDS + 1) > 3, missing, 0)
    assert np.abs(onsets_where_words_are_missing(text, 3, 4) - 5 * expected).max() <= 3


@pytest.mark.parametrize("words", [10, 20, 40])
@pytest.mark.parametrize("before", [0, 8])
def test_a_sentence_that_the_audio_lacks_is_skipped_however_long(words: int, before: int) -> None:
    count = before + words + 8
    classes = np.random.default_rng(2).integers(1, len(PhoneClass) - 8, PHONES * count)
    text = window(classes, range(0, len(classes) + 1, PHONES), syllables=2.0 * count)
    ends = np.cumsum([before, words, 8]) - 1
    text.boundaries[ends[ends >= 0]] = Boundary.SENTENCE
    found = onsets_where_words_are_missing(text, before, before + words)
    heard = np.append(np.arange(before), np.arange(before + words, count))
    assert np.abs(found[heard] - 5 * PHONES * np.arange(before + 8)).max() <= 3


@pytest.mark.parametrize("words", [4, 8, 12])
def test_audio_may_begin_within_a_sentence(words: int) -> None:
    count = words + 12
    classes = np.random.default_rng(3).integers(1, len(PhoneClass) - 8, PHONES * count)
    text = window(classes, range(0, len(classes) + 1, PHONES), syllables=2.0 * count)
    found = onsets_where_words_are_missing(text, 0, words)
    assert np.abs(found[words:-1] - 5 * PHONES * np.arange(12)).max() <= 3
