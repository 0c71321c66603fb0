"""The memory of a trellis: a row of costs for each frame."""

from __future__ import annotations

import numpy as np

from ..features._frame_table import Float32s
from ._costs import IMPOSSIBLE, LONGEST_PHONE_FRAMES, TEMPO_LOG_RATIOS

# At first: ten seconds of a short sentence, 1 MB. The longest window has 1050 frames and 640 phones; few come near it.
# benchmarks/memory.py: the sessions that speak; benchmarks/captions_load.py: the longest turn, as tables are copied.
_FRAMES, _PHONES, _BOUNDARIES = 512, 96, 32


class CostTables:
    """Tables whose rows have no values until they are cleared; the next trellis uses them again."""

    def __init__(self) -> None:
        self.onsets = _table(_FRAMES + LONGEST_PHONE_FRAMES, _PHONES)
        """Costs less the emissions before, at each frame, after rows without any path."""
        self.arrivals = _table(_FRAMES, _BOUNDARIES)
        """Costs at each boundary of words, before a pause or filler."""
        self.fillers = _table(_FRAMES, _BOUNDARIES)
        """Costs within a filler there."""
        self._states = self._boundaries = 0  # columns that are in use; the others have no values

    def clear(self, first: int, stop: int) -> None:
        """Make the rows of the frames from `first` to before `stop` ones without any path."""
        longest = LONGEST_PHONE_FRAMES
        self.onsets[first + longest : stop + longest, :, : self._states] = IMPOSSIBLE
        self.arrivals[first:stop, :, : self._boundaries] = IMPOSSIBLE
        self.fillers[first:stop, :, : self._boundaries] = IMPOSSIBLE

    def make_room(self, frames: int, states: int, boundaries: int, *, kept: int) -> None:
        """Use as many columns, and enlarge the tables where they lack room; the first `kept` frames stay."""
        longest = LONGEST_PHONE_FRAMES
        self.onsets = _with_room(self.onsets, frames + longest, states, kept + longest)
        self.arrivals = _with_room(self.arrivals, frames, boundaries, kept)
        self.fillers = _with_room(self.fillers, frames, boundaries, kept)
        self.onsets[: kept + longest, :, self._states : states] = IMPOSSIBLE
        self.arrivals[:kept, :, self._boundaries : boundaries] = IMPOSSIBLE
        self.fillers[:kept, :, self._boundaries : boundaries] = IMPOSSIBLE
        self._states, self._boundaries = states, boundaries


def _table(rows: int, columns: int) -> Float32s:
    return np.empty((rows, len(TEMPO_LOG_RATIOS), columns), np.float32)


def _with_room(table: Float32s, rows: int, columns: int, kept: int) -> Float32s:
    """A table of at least this size with the same rows; new columns have no values."""
    old_rows, _, old_columns = table.shape
    if rows <= old_rows and columns <= old_columns:
        return table
    larger = _table(
        old_rows if rows <= old_rows else rows + rows // 2,
        old_columns if columns <= old_columns else columns + columns // 2,
    )
    larger[:kept, :, :old_columns] = table[:kept]
    return larger
