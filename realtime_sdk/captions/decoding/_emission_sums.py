"""The memory of a trellis: the emission costs of its frames, summed up from the first on."""

from __future__ import annotations

import numpy as np

from ..features._energy import Floats
from ..features._frame_table import Float32s
from ..features._phone_classes import PhoneClass
from ..features._speech_frames import Frames
from ._costs import emission_costs


class EmissionSums:
    """The emission costs of all frames before each, in the phone classes of the text: half of those that there are."""

    def __init__(self) -> None:
        self._classes: Frames = np.empty(0, np.intp)  # of the columns
        self._sums = np.zeros((1, 0), np.float32)  # shape (frames+1, columns)
        self._columns: Frames = np.empty(0, np.intp)  # of the class of each state

    def update(self, likelihoods: Float32s, pauses: Floats, kept: int, classes: Frames) -> None:
        """Sum up the costs of the frames from `kept` on, and in classes that are new those of all frames.

        `likelihoods`: log scaled, of all frames, shape (frames, acoustic classes). `pauses`: the cost of a pause within
        a word before each of them. `classes`: that of each state.
        """
        new = np.setdiff1d(classes, self._classes)
        begun = np.zeros((kept + 1, len(new)), np.float32)
        begun[1:] = np.cumsum(emission_costs(likelihoods[:kept], new) + pauses[:kept, None], axis=0)
        sums = np.hstack([self._sums[: kept + 1], begun])
        self._classes = np.append(self._classes, new)
        costs = emission_costs(likelihoods[kept:], self._classes) + pauses[kept:, None]
        self._sums = np.concatenate([sums, (sums[-1] + np.cumsum(costs, axis=0)).astype(np.float32)])
        columns = np.zeros(len(PhoneClass), np.intp)
        columns[self._classes] = np.arange(len(self._classes))
        self._columns = columns[classes]

    def rows(self, first: int, stop: int) -> Floats:
        """Return the sums before each frame from `first` to before `stop`, in the class of each state."""
        return self._sums[first:stop].take(self._columns, axis=1).astype(np.float64)

    def at(self, frame: int, state: int) -> float:
        """Return the sum before a frame, in the class of a state."""
        return float(self._sums[frame, self._columns[state]])
