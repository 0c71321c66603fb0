"""The states of a window at which words begin, and what it costs to pass them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..features._energy import Floats
from ..features._speech_frames import SpeechFrames
from ..text._segmentation import Boundary
from ._costs import (
    FILLER_COST,
    FINAL_FILLER_COST,
    FUTURE_FRAME_COST,
    IMPOSSIBLE,
    INITIAL_FILLER_COST,
    LONG_SKIP_COST,
    SKIP_COST,
    SKIPPED_BEGINNING_PHONE_COST,
    SKIPPED_PHONE_COST,
    SKIPPED_SENTENCE_PHONE_COST,
    PauseCosts,
    PhoneSequence,
)
from ._skips import Skip


class WordBoundaries:
    """The boundaries of the words that have phones, in order; arrays have an entry for each, shape (boundaries,)."""

    def __init__(self, phones: PhoneSequence, entry_costs: Floats) -> None:
        count = len(phones.classes) + 1
        spoken = np.diff(phones.word_starts) > 0
        self.starts_array = np.append(phones.word_starts[:-1][spoken], phones.word_starts[-1])
        """The state of each: the first phone of a word, or the end of the text."""
        self.starts: list[int] = self.starts_array.tolist()
        self.index_at = {start: index for index, start in enumerate(self.starts)}
        """The boundary at a state, where there is one."""
        kinds = np.full(count, -1)
        np.maximum.at(kinds, phones.word_starts[1:], phones.boundaries)
        self.kinds = kinds[self.starts_array]
        """The `Boundary` of each, -1: the start of the window."""
        anchors = np.full(count, np.nan)
        anchors[phones.word_starts[:-1][spoken]] = phones.anchors[spoken]
        self.anchors = anchors[self.starts_array]
        """Seconds at which an acoustic model found the word after each; NaN: it did not."""
        self.has_anchors = not np.isnan(self.anchors).all()
        self.free_skips = np.append(0.0, np.cumsum(np.minimum(phones.skip_costs[spoken], IMPOSSIBLE / 1e4)))
        """The cost of skipping all text before each, where the text says that it may be unspoken."""
        self.skips = self._ways_to_skip(phones, spoken)
        """The ways to leave words out."""
        self.filler_costs = np.full(len(self.starts), FILLER_COST)
        """The cost of something else than the text at each,"""
        self.filler_costs[(self.kinds < 0) & (entry_costs[self.starts_array] < IMPOSSIBLE)] = (
            INITIAL_FILLER_COST if phones.may_wait else IMPOSSIBLE
        )
        self.filler_frame_costs = np.zeros(len(self.starts))
        """and what is added for each frame of it."""
        if not phones.complete:
            self.filler_costs[-1] = FINAL_FILLER_COST
            self.filler_frame_costs[-1] = FUTURE_FRAME_COST

    def by_kind(self, costs: Floats) -> Floats:
        """Return these costs of the kinds of `Boundary`, shape (kinds,), at each; 0 at the start of the window."""
        at_each: Floats = np.append(costs, 0.0)[self.kinds]
        return at_each

    def _ways_to_skip(self, phones: PhoneSequence, spoken: npt.NDArray[np.bool_]) -> list[Skip]:
        """Any words; whole sentences; the beginning; and words of which the text says that they may be unspoken."""
        lengths, every = phones.cumulative_lengths[self.starts_array], np.arange(len(self.starts))
        # Not to the end of the text: what sounds after it is not known, so that each sentence would be in doubt.
        sentences = np.flatnonzero((self.kinds[:-1] == Boundary.SENTENCE) | (every[:-1] == 0))
        ways = [
            Skip.between(every, every, lengths * SKIPPED_PHONE_COST, SKIP_COST),
            Skip.between(sentences, sentences[1:], lengths * SKIPPED_SENTENCE_PHONE_COST, LONG_SKIP_COST),
            Skip.between(every[:1], every[1:-1], lengths * SKIPPED_BEGINNING_PHONE_COST, LONG_SKIP_COST),
        ]
        if np.isfinite(phones.skip_costs[spoken]).any():
            ways.append(Skip.between(every, every, self.free_skips, 0.0))
        return ways


class CrossingCosts:
    """The cost of going on with the next word at each boundary: in fluent speech, or by a pause."""

    def __init__(self, boundaries: WordBoundaries, phones: PhoneSequence, speech: SpeechFrames, tempo: float) -> None:
        self._boundaries = boundaries
        self._pauses = PauseCosts(phones, speech, tempo)
        self.fluent = boundaries.by_kind(self._pauses.fluent)
        """At frames without a pause, shape (boundaries,)."""
        self._offsets = speech.offsets[1:-1]  # the frame before which each pause lies
        self._pause_at = {frame: pause for pause, frame in enumerate(self._offsets.tolist())}
        self._frames = len(speech.times)

    @property
    def within_words(self) -> Floats:
        """The cost of the pause before each frame, if a phone goes on over it, shape (frames,)."""
        costs = np.zeros(self._frames)
        costs[self._offsets] = self._pauses.within_word[:-1]
        return costs

    @property
    def final_within_word(self) -> float:
        """The same, of the silence after the last frame."""
        return float(self._pauses.within_word[-1])

    def within_word_at(self, frame: int) -> float:
        """Return that of the pause before a frame; 0: there is none."""
        pause = self._pause_at.get(frame)
        return 0.0 if pause is None else float(self._pauses.within_word[pause])

    def at(self, frame: int) -> Floats:
        """Return the cost at a frame, shape (boundaries,)."""
        pause = self._pause_at.get(frame)
        return self.fluent if pause is None else self._boundaries.by_kind(self._pauses.at_boundary[pause])

    def final(self, states: int) -> Floats:
        """Return the cost of the silence after the last frame at each state, shape (states,)."""
        costs = np.full(states, self._pauses.within_word[-1])
        bounded = self._boundaries.kinds >= 0
        at_boundary = self._boundaries.by_kind(self._pauses.at_boundary[-1] - self._pauses.fluent)
        costs[self._boundaries.starts_array[bounded]] = at_boundary[bounded]
        return costs
