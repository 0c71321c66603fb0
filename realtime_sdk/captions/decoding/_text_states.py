"""The states that the text of a window has in the trellis: the onset of each phone, and the end of the text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..features._energy import Floats
from ..features._phone_classes import PhoneClass
from ..text._segmentation import Boundary
from ._costs import (
    FILLER_COST,
    FINAL_FILLER_COST,
    FUTURE_FRAME_COST,
    IMPOSSIBLE,
    INITIAL_FILLER_COST,
    LONG_SKIP_COST,
    LONGEST_PHONE_FRAMES,
    SKIP_COST,
    SKIPPED_BEGINNING_PHONE_COST,
    SKIPPED_PHONE_COST,
    SKIPPED_SENTENCE_PHONE_COST,
    PhoneSequence,
    duration_costs,
)
from ._skips import Skip


class TextStates:
    """What the trellis needs to know of each state; some of them are boundaries of words."""

    def __init__(self, phones: PhoneSequence, tempos: Floats, frame_seconds: float, entry_costs: Floats) -> None:
        self.count = len(phones.classes)
        """Phones; there is one state more."""
        self.entries = entry_costs
        """The cost of a path that begins at each state."""
        self.classes = np.append(phones.classes, PhoneClass.ANY)
        """The `PhoneClass` of each phone, and one for the end."""
        self.optional: list[int] = np.flatnonzero(phones.spoken < 1).tolist()
        """The phones that may be silent."""
        spoken = np.diff(phones.word_starts) > 0
        self.starts_array = np.append(phones.word_starts[:-1][spoken], phones.word_starts[-1])
        self.starts: list[int] = self.starts_array.tolist()
        """The states that are boundaries of words, in order."""
        self.boundary_at = {start: index for index, start in enumerate(self.starts)}
        kinds = np.full(self.count + 1, -1)
        np.maximum.at(kinds, phones.word_starts[1:], phones.boundaries)
        self.kinds = kinds[self.starts_array]
        """The `Boundary` at each of them, -1: the start of the window."""
        anchors = np.full(self.count + 1, np.nan)
        anchors[phones.word_starts[:-1][spoken]] = phones.anchors[spoken]
        self.anchors = anchors[self.starts_array]
        self.has_anchors = not np.isnan(self.anchors).all()
        self.free_skips = np.append(0.0, np.cumsum(np.minimum(phones.skip_costs[spoken], IMPOSSIBLE / 1e4)))
        """The cost of skipping all text before each boundary, where the text says that it may be unspoken."""
        self.skips = self._ways_to_skip(phones, spoken)
        """The ways to leave words out."""
        self.filler_costs = np.full(len(self.starts), FILLER_COST)
        self.filler_costs[(self.kinds < 0) & (entry_costs[self.starts_array] < IMPOSSIBLE)] = (
            INITIAL_FILLER_COST if phones.may_wait else IMPOSSIBLE
        )
        self.filler_frame_costs = np.zeros(len(self.starts))
        if not phones.complete:
            self.filler_costs[-1] = FINAL_FILLER_COST
            self.filler_frame_costs[-1] = FUTURE_FRAME_COST
        self.longest = LONGEST_PHONE_FRAMES
        """Frames of the longest phone."""
        self.durations = duration_costs(phones.lengths, tempos, frame_seconds)
        """Costs of each phone that lasts longest, …, 2, 1 frames: shape (longest, tempos, phones)."""
        self._signature = self._described(phones)

    def at_boundaries(self, costs: Floats) -> Floats:
        """Return the costs of the kinds of `Boundary` at each boundary; 0 at the start of the window."""
        by_kind: Floats = np.append(costs, 0.0)[self.kinds]
        return by_kind

    def first_difference(self, other: TextStates) -> int:
        """Return the first state that is not the same in another text."""
        count = min(len(self._signature), len(other._signature))
        same = (self._signature[:count] == other._signature[:count]).all(1)
        return count if same.all() else int(same.argmin())

    @property
    def at_least(self) -> Floats:
        """The costs of each phone that lasts at least that long, as `durations`."""
        costs: Floats = np.minimum.accumulate(self.durations, axis=0)
        return costs

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

    def _described(self, phones: PhoneSequence) -> Floats:
        """A row for each state: what a change of it would change in the trellis."""
        rows = np.zeros((self.count + 1, 8))
        rows[:-1, 0], rows[:-1, 1], rows[:-1, 2] = phones.classes + 1, phones.lengths, phones.spoken
        rows[:, 7] = self.entries
        at = self.starts_array
        rows[at, 3], rows[at, 4] = self.kinds + 2, self.filler_costs + self.filler_frame_costs
        rows[at, 5], rows[at, 6] = np.nan_to_num(self.anchors, nan=-1.0), self.free_skips
        return rows
