"""The states that the text of a window has in the trellis: the onset of each phone, and the end of the text."""

from __future__ import annotations

import numpy as np

from ..features._energy import Floats
from ..features._phone_classes import PhoneClass
from ._costs import LONGEST_PHONE_FRAMES, PhoneSequence, duration_costs
from ._word_boundaries import WordBoundaries


class TextStates:
    """What the trellis needs to know of each state; some of them are boundaries of words."""

    def __init__(self, phones: PhoneSequence, tempos: Floats, frame_seconds: float, entry_costs: Floats) -> None:
        self.count = len(phones.classes)
        """Phones; there is one state more."""
        self.entries = entry_costs
        """The cost of a path that begins at each state, shape (phones+1,)."""
        self.classes = np.append(phones.classes, PhoneClass.ANY)
        """The `PhoneClass` of each phone, and one for the end."""
        self.optional: list[int] = np.flatnonzero(phones.spoken < 1).tolist()
        """The phones that may be silent."""
        self.boundaries = WordBoundaries(phones, entry_costs)
        self.longest = LONGEST_PHONE_FRAMES
        """Frames of the longest phone."""
        self.durations = duration_costs(phones.lengths, tempos, frame_seconds)
        """Costs of each phone that lasts longest, …, 2, 1 frames: shape (longest, tempos, phones)."""
        self._signature = self._described(phones)

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

    def _described(self, phones: PhoneSequence) -> Floats:
        """A row for each state: what a change of it would change in the trellis."""
        rows, boundaries = np.zeros((self.count + 1, 8)), self.boundaries
        rows[:-1, 0], rows[:-1, 1], rows[:-1, 2] = phones.classes + 1, phones.lengths, phones.spoken
        rows[:, 7] = self.entries
        at = boundaries.starts_array
        rows[at, 3], rows[at, 4] = boundaries.kinds + 2, boundaries.filler_costs + boundaries.filler_frame_costs
        rows[at, 5], rows[at, 6] = np.nan_to_num(boundaries.anchors, nan=-1.0), boundaries.free_skips
        return rows
