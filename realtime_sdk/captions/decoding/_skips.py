"""Words of the text that a path leaves out, because they are not spoken."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..features._energy import Floats
from ..features._speech_frames import Frames
from ._costs import IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class Skip:
    """One way to leave out words from a boundary to a later one: it costs `leaving` of the former and `arriving`."""

    begins: Sequence[int]  # boundaries at which it may begin, in order
    ends: Frames  # those at which it may end
    end_costs: Floats  # `arriving` of these
    leaving: Floats  # of each boundary, less the cost of all text before it; impossible where none may begin
    arriving: Floats  # the same, with the cost of all text before it

    @classmethod
    def between(cls, begins: Frames, ends: Frames, text_costs: Floats, cost: float) -> Skip:
        """Return one from any of `begins` to any of `ends`.

        `text_costs`: of leaving out all text before each boundary; `cost`: of leaving any out.
        """
        leaving, arriving = np.full(len(text_costs), IMPOSSIBLE), np.full(len(text_costs), IMPOSSIBLE)
        leaving[begins], arriving[ends] = -text_costs[begins], text_costs[ends] + cost
        return cls(begins.tolist(), ends, arriving[ends], leaving, arriving)

    def begins_within(self, first: int, stop: int) -> bool:
        """Whether it may begin at a boundary from `first` to before `stop`."""
        next_begin = bisect_left(self.begins, first)
        return next_begin < len(self.begins) and self.begins[next_begin] < stop

    def reach(self, cost: float) -> int:
        """Return the boundary after the last one whose `arriving` is `cost` at most; 0: there is none."""
        within = int(self.end_costs.searchsorted(cost, side="right"))
        return int(self.ends[within - 1]) + 1 if within else 0
