"""A window of a talk: some words, the audio to which they are aligned, and where the next one may begin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..features._energy import Floats
from ..features._speech_frames import SpeechFrames
from ..text._segmentation import Boundary
from ..text._transcript import Transcript
from ._costs import IMPOSSIBLE, PhoneSequence
from ._segmental_viterbi import Alignment
from ._tempo import TempoEvidence

# benchmarks/captions.py: "long pauses".
WINDOW_SECONDS: Final = 20.0
"""Seconds of a window at most, even without a pause."""

# benchmarks/captions.py: "people", "degraded".
_FINAL_LENGTHENING_PHONES = 1.5  # by which the last word before a pause is longer
_ENTRY_COST_RANGE = 10.0  # a place for the start of the window that costs this much more is dropped


@dataclass(frozen=True, slots=True)
class Spent:
    """The cost of a path, and the frames of speech that it explains."""

    cost: float = 0.0
    frames: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.cost + other.cost, self.frames + other.frames)


@dataclass(frozen=True, slots=True)
class WindowStart:
    """Where a window begins: at `seconds`, in unit `first` or shortly after it."""

    seconds: float
    first: int
    entry_costs: Floats  # of the places from the first phone of unit `first` on
    spent: Spent = Spent()  # on the way there from the start of the window before

    @property
    def progress(self) -> tuple[float, int]:
        """Values that increase from one window to the next."""
        return self.seconds, self.first


@dataclass(frozen=True, slots=True)
class Window:
    """The units from its start on, and the audio to which they are aligned."""

    start: WindowStart
    phones: PhoneSequence
    speech: SpeechFrames
    provided_end: float | None  # provider's seconds at which the units after `phones` begin

    @property
    def is_last(self) -> bool:
        """Whether it reaches the end of all text and audio."""
        return self.provided_end is None and self.phones.complete and self.speech.complete

    @property
    def is_full(self) -> bool:
        """Whether it is as long as a window may be."""
        return self.speech.end >= self.start.seconds + WINDOW_SECONDS

    def tempo_evidence(self, alignment: Alignment, frame: int, phone: int) -> TempoEvidence:
        """Return the speech before a frame, at which a phone begins."""
        seconds = frame * self.speech.frame_seconds
        return TempoEvidence(seconds, self.phones_between(alignment.entered, phone))

    def phones_between(self, first: int, stop: int) -> float:
        """Return the length of the phones from `first` to before `stop`."""
        lengths = self.phones.cumulative_lengths
        return float(lengths[max(first, stop)] - lengths[first])

    @property
    def entry_costs(self) -> Floats:
        """The cost of each place in the text at its start, shape (phones+1,)."""
        costs = np.full(len(self.phones.classes) + 1, IMPOSSIBLE)
        known = self.start.entry_costs[: len(costs)]
        costs[: len(known)] = known
        if costs.min() >= _ENTRY_COST_RANGE:  # the text became shorter than the part already shown
            costs[-1] = 0.0
        return costs

    def start_near(self, seconds: float, frame: int, costs: Floats, phone: int) -> WindowStart:
        """Return a start of the next one near a place in the text; `costs`: of all places there, at a frame."""
        near = np.flatnonzero(costs < costs[phone] + _ENTRY_COST_RANGE)
        word_starts = self.phones.word_starts
        word = int(np.searchsorted(word_starts, near[0], side="right")) - 1
        entry_costs = costs[word_starts[word] : near[-1] + 1] - costs[phone]
        return WindowStart(seconds, self.start.first + word, entry_costs, Spent(float(costs[phone]), frame))


def phones_of(transcript: Transcript, first: int, stop: int, *, complete: bool) -> PhoneSequence:
    """Return the phones of the units from `first` to before `stop`; `complete`: no more follow."""
    boundaries = np.array(transcript.boundaries(first, stop), np.intp)
    units = transcript.units[first:stop]
    words = [unit.pronunciation for unit in units]
    phones = np.array([phone for word in words for phone in word.phones]).reshape(-1, 3)
    classes, lengths, spoken = phones[:, 0].astype(np.intp), phones[:, 1], phones[:, 2]
    word_starts = np.append(0, np.cumsum([len(word.phones) for word in words], dtype=np.intp))
    final = word_starts[1:][(boundaries > Boundary.NONE) & (np.diff(word_starts) > 0)] - 1
    lengths[final - (spoken[final] < 1)] += _FINAL_LENGTHENING_PHONES  # of the last phone that is never silent
    syllables = sum(word.syllables for word in words)
    anchors = np.array([unit.anchor for unit in units], np.float64)
    skips = np.array([_skip_cost(unit.unspoken) for unit in units])
    may_wait = transcript.units[first].start is None
    return PhoneSequence(
        classes, lengths, spoken, syllables, word_starts, boundaries, anchors, skips, complete, may_wait
    )


def _skip_cost(probability: float) -> float:
    """The cost of leaving a word out that is unspoken with a probability."""
    return -math.log(probability) if probability else math.inf
