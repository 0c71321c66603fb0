"""The terms of the cost of an alignment: emissions, durations, pauses and leftovers: negative log likelihoods.

docs/captions-model.md has the formula.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..features._energy import SHORTEST_PAUSE, Floats
from ..features._frame_table import Float32s
from ..features._phone_classes import log_likelihood_ratios
from ..features._speech_frames import Frames, SpeechFrames
from ..text._segmentation import Boundary

IMPOSSIBLE: Final = 1e9

# benchmarks/captions.py: "people", "long pauses".
TEMPO_LOG_RATIOS: Final = np.array([-0.25, 0.0, 0.25])
"""Tempos that are tried: logarithms of their ratio to the expected one."""

_TEMPO_LOG_SPREAD = 0.2  # standard deviation of those
_DURATION_LOG_SPREAD = 0.5  # standard deviation of the logarithm of a phone's duration
_MAX_DURATION_RATIO = 3.0  # of a phone, to its expected duration

# benchmarks/captions.py: "hard to follow", "people".
UNSPOKEN_PHONE_COST: Final = 1.0
"""Cost of a phone after the end of the audio."""

SILENT_PHONE_COST: Final = 1.0
"""Cost of an optional phone that is skipped."""

# benchmarks/captions.py: all tables.
_EMISSION_WEIGHT = 0.6  # consecutive frames are correlated: each adds this much of its log likelihood ratio
LONGEST_PHONE_FRAMES: Final = 25
"""Frames of 20 ms that a phone lasts at most."""

# benchmarks/captions.py: "people", "hard to follow".
FILLER_COST: Final = 5.0
"""Cost of something else than the text between two words, in addition to that of its frames;"""

INITIAL_FILLER_COST: Final = 4.0
"""the same before the first word;"""

FINAL_FILLER_COST: Final = 0.0
"""the same after the last one, where more may follow."""

FUTURE_FRAME_COST: Final = -0.09
"""Added to the cost of each frame of that: it is likely to be text that has not arrived."""

_FILLER_FRAME_COST = 0.2  # of a frame of it,
_FILLER_SILENCE_WEIGHT = 0.18  # less this much of the log likelihood that it is silent

SKIP_COST: Final = 8.0
"""Cost of words that are not spoken although the text does not say so, in addition to that of their phones."""

SKIPPED_PHONE_COST: Final = 1.0

LONG_SKIP_COST: Final = 10.0
"""The same of whole sentences, or from the beginning of a window: a heading, or the first words of cut audio."""

SKIPPED_SENTENCE_PHONE_COST, SKIPPED_BEGINNING_PHONE_COST = 0.05, 0.3

# benchmarks/captions.py: "held out", "hard to follow", with align.
_ANCHOR_GAIN, _ANCHOR_SECONDS_PER_UNIT = 4.0, 0.04  # at the anchor of a word; distance at which it is 1 less

# benchmarks/captions.py: "1.1x", "people".
# Pauses at a word boundary, by `Boundary`: their probability, their mean length beyond the shortest, and the limit of
# the cost of that length, because people stop to think. The same for a pause within a word.
_PAUSE_PROBABILITY, _PAUSE_SECONDS, _MAX_PAUSE_COST = (
    np.array([0.02, 0.75, 0.93]), np.array([0.06, 0.15, 0.3]), np.array([5.0, 5.0, 2.0]),
)  # fmt: skip
_INNER_PAUSE_PROBABILITY, _INNER_PAUSE_SECONDS, _MAX_INNER_PAUSE_COST = 0.01, 0.06, 9.0

# benchmarks/captions.py: the column "early" of "4x".
_PAUSE_PRIOR_WORDS = 40.0  # words that weigh as much as the prior probability of a pause
_PRIOR_PHONES, _PRIOR_SYLLABLES = 17.0, 5.0  # of an average text; they also keep the ratio defined


@dataclass(frozen=True, slots=True)
class PhoneSequence:
    """The words of a window as the phones of their pronunciations, one after the other."""

    classes: Frames  # the `PhoneClass` of each phone, shape (phones,)
    lengths: Floats  # in phones of usual length, shape (phones,)
    spoken: Floats  # how often each is spoken; less than 1: it may be silent; shape (phones,)
    syllables: float  # in all of them
    word_starts: Frames  # index of each word's first phone, and the one after the last word, shape (words+1,)
    boundaries: Frames  # the `Boundary` after each word, shape (words,)
    anchors: Floats  # seconds at which an acoustic model found each word, NaN where it did not, shape (words,)
    skip_costs: Floats  # of each word that the text marks as perhaps not spoken, infinity: it does not; shape (words,)
    complete: bool  # no more words follow
    may_wait: bool  # something else may sound before the first word
    # Length of the phones before each of them, and of all, as they are usually spoken, shape (phones+1,).
    cumulative_lengths: Floats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cumulative_lengths", np.append(0.0, np.cumsum(self.lengths * self.spoken)))

    @property
    def phones_per_syllable(self) -> float:
        """Average length of a syllable in phones; close to the prior while there is little text."""
        return float((self.cumulative_lengths[-1] + _PRIOR_PHONES) / (self.syllables + _PRIOR_SYLLABLES))

    @property
    def word_offsets(self) -> Floats:
        """Length of the phones before each word boundary, shape (words+1,)."""
        return self.cumulative_lengths[self.word_starts]


class PauseCosts:
    """The costs of a pause and of fluent speech at each kind of `Boundary` and within a word."""

    def __init__(self, phones: PhoneSequence, speech: SpeechFrames, tempo: float) -> None:
        probability = _pause_probability(phones, len(speech.regions), len(speech.times) * speech.frame_seconds / tempo)
        self.fluent: Floats = -np.log(1 - probability)
        """No pause after each kind of boundary, shape (kinds,)."""
        lasting = np.append(speech.gaps, speech.trailing_silence) - SHORTEST_PAUSE
        self.at_boundary: Floats = np.minimum(lasting[:, None] / _PAUSE_SECONDS, _MAX_PAUSE_COST)
        """The pause after each region, after each kind of boundary, shape (regions, kinds)."""
        self.at_boundary -= np.log(probability / _PAUSE_SECONDS)
        self.within_word: Floats = np.minimum(lasting / _INNER_PAUSE_SECONDS, _MAX_INNER_PAUSE_COST)
        """The same within a word, shape (regions,)."""
        self.within_word -= np.log(_INNER_PAUSE_PROBABILITY / _INNER_PAUSE_SECONDS)
        if speech.complete or lasting[-1] < 0:
            self.at_boundary[-1], self.within_word[-1] = self.fluent, 0.0
        else:  # its length is not known: at least as long as it is by now
            self.at_boundary[-1] -= np.log(_PAUSE_SECONDS)


def emission_costs(log_scaled_likelihoods: Float32s, classes: Frames) -> Floats:
    """Return the cost of each frame in each of these phone classes, shape (frames, classes)."""
    costs: Floats = -_EMISSION_WEIGHT * log_likelihood_ratios(log_scaled_likelihoods, classes).astype(np.float64)
    return costs


def filler_costs(log_scaled_likelihoods: Float32s) -> Floats:
    """Return the cost of each frame as something else than the text, shape (frames,)."""
    silence = np.maximum(log_scaled_likelihoods[:, 0], 0.0).astype(np.float64)
    costs: Floats = _FILLER_FRAME_COST - _FILLER_SILENCE_WEIGHT * silence
    return costs


def duration_costs(lengths: Floats, tempos: Floats, frame_seconds: float) -> Float32s:
    """Return the cost of phones of these lengths that last longest, …, 2, 1 frames, at each tempo.

    Shape (longest, tempos, phones).
    """
    expected = lengths * tempos[:, None] / frame_seconds
    frames = np.arange(LONGEST_PHONE_FRAMES, 0.0, -1.0)[:, None, None]
    ratios = np.log(frames + 0.25) - np.log(expected + 0.25)
    costs = 0.5 * (ratios / _DURATION_LOG_SPREAD) ** 2
    possible = frames <= expected[-1] * _MAX_DURATION_RATIO + 2
    return np.where(possible, costs, IMPOSSIBLE).astype(np.float32)


def tempo_costs() -> Floats:
    """Return the cost of each tempo that is tried, shape (tempos,)."""
    costs: Floats = 0.5 * (TEMPO_LOG_RATIOS / _TEMPO_LOG_SPREAD) ** 2
    return costs


def anchor_gain(distances: Floats) -> Floats:
    """Return the discount of a word that begins this many seconds from its anchor."""
    gain: Floats = np.maximum(_ANCHOR_GAIN - distances / _ANCHOR_SECONDS_PER_UNIT, 0.0)
    return gain


def _pause_probability(phones: PhoneSequence, regions: int, spoken: float) -> Floats:
    """Return the probability of a pause after each kind of `Boundary`: some people pause without punctuation.

    `spoken`: about how many phones the regions hold.
    """
    words = int(np.searchsorted(phones.word_offsets[1:], spoken))
    unexpected = max(0.0, regions - 1 - float(_PAUSE_PROBABILITY[phones.boundaries[:words]].sum()))
    probability = _PAUSE_PROBABILITY.copy()
    probability[Boundary.NONE] = (_PAUSE_PROBABILITY[Boundary.NONE] * _PAUSE_PRIOR_WORDS + unexpected) / (
        _PAUSE_PRIOR_WORDS + max(words, regions)
    )
    return probability
