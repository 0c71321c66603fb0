"""The memory of a trellis: costs for each frame, of which those within the beam are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..features._frame_table import Float32s
from ._costs import IMPOSSIBLE, LONGEST_PHONE_FRAMES, TEMPO_LOG_RATIOS

_TEMPOS = len(TEMPO_LOG_RATIOS)

BLOCK_FRAMES: Final = LONGEST_PHONE_FRAMES
"""Frames whose costs are kept together: what leads to those of a block lies in it, or in the one before."""


class BandedTable:
    """A row of costs for each frame, from the first on; where there is none, a cost is `IMPOSSIBLE`.

    The beam leaves some twenty of up to 640 states in a row, and they are neighbours: of each block of rows the columns
    from the first to the last of them are kept.
    """

    def __init__(self) -> None:
        self._blocks: list[tuple[int, Float32s]] = []  # first column, and costs of shape (rows, tempos, columns)

    def rows(self, first: int, stop: int, columns: int) -> Float32s:
        """Return the rows of the frames from `first`, which may be negative, to before `stop`.

        Shape (frames, tempos, columns).
        """
        rows = np.full((stop - first, _TEMPOS, columns), IMPOSSIBLE, np.float32)
        for frame, low, costs in self._between(first, stop):
            kept = costs[:, :, : max(0, columns - low)]
            rows[frame - first : frame - first + len(kept), :, low : low + kept.shape[2]] = kept
        return rows

    def column(self, first: int, stop: int, tempo: int, column: int) -> Float32s:
        """Return one column of those rows, at one of the tempos, shape (frames,)."""
        values = np.full(stop - first, IMPOSSIBLE, np.float32)
        for frame, low, costs in self._between(first, stop):
            if low <= column < low + costs.shape[2]:
                values[frame - first : frame - first + len(costs)] = costs[:, tempo, column - low]
        return values

    def keep(self, block: int, rows: Float32s) -> None:
        """Keep these rows as those of a block, the last one."""
        possible = (np.minimum.reduce(rows, axis=(0, 1)) < IMPOSSIBLE / 2).nonzero()[0]
        low, high = (int(possible[0]), int(possible[-1]) + 1) if len(possible) else (0, 0)
        self._blocks[block:] = [(low, rows[:, :, low:high].copy())]

    def drop(self, frame: int, column: int) -> None:
        """Drop the rows from `frame` on, and the columns from `column` on."""
        last, rows = divmod(frame, BLOCK_FRAMES)
        del self._blocks[last + bool(rows) :]
        self._blocks = [(low, costs[:, :, : max(0, column - low)]) for low, costs in self._blocks]
        if rows:
            low, costs = self._blocks[last]
            self._blocks[last] = low, costs[:rows]

    def _between(self, first: int, stop: int) -> list[tuple[int, int, Float32s]]:
        """The rows kept of these frames, block by block: the frame of the first, their first column, and the costs."""
        first = max(first, 0)
        found = []
        for block in range(first // BLOCK_FRAMES, min(-(-stop // BLOCK_FRAMES), len(self._blocks))):
            low, costs = self._blocks[block]
            begin = block * BLOCK_FRAMES
            skipped = max(0, first - begin)
            found.append((begin + skipped, low, costs[skipped : stop - begin]))
        return found


@dataclass(frozen=True, slots=True)
class Columns:
    """The costs of the frames of two blocks, in full: the one that is being filled, and the one before."""

    first: int
    """The frame of the first row."""
    onsets: Float32s
    """Costs less the emissions before, at each frame."""
    arrivals: Float32s
    """Costs at each boundary of words, before a pause or filler."""
    fillers: Float32s
    """Costs within a filler there."""


class CostTables:
    """What is kept of the columns of a trellis."""

    def __init__(self) -> None:
        self.onsets, self.arrivals, self.fillers = BandedTable(), BandedTable(), BandedTable()

    def open(self, frame: int, states: int, boundaries: int) -> Columns:
        """Return what is needed to fill the columns from `frame` to the end of its block."""
        first = (frame // BLOCK_FRAMES - 1) * BLOCK_FRAMES
        stop = first + 2 * BLOCK_FRAMES
        return Columns(
            first,
            self.onsets.rows(first, stop, states),
            self.arrivals.rows(first, stop, boundaries),
            self.fillers.rows(first, stop, boundaries),
        )

    def keep(self, columns: Columns, stop: int) -> None:
        """Keep the columns before the frame `stop` of the block that was filled."""
        block, rows = columns.first // BLOCK_FRAMES + 1, slice(BLOCK_FRAMES, stop - columns.first)
        self.onsets.keep(block, columns.onsets[rows])
        self.arrivals.keep(block, columns.arrivals[rows])
        self.fillers.keep(block, columns.fillers[rows])

    def drop(self, frame: int, state: int, boundary: int) -> None:
        """Drop the columns from `frame` on, and of those before it the states and boundaries from these on."""
        self.onsets.drop(frame, state)
        self.arrivals.drop(frame, boundary)
        self.fillers.drop(frame, boundary)
