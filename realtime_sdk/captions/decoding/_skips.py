"""Words of the text that a path leaves out, because they are not spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..features._energy import Floats
from ..features._speech_frames import Frames
from ._costs import IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class Skip:
    """One way to leave out words from a boundary to a later one: it costs `leaving` of the former and `arriving`."""

    next_begin: Sequence[int]  # from each boundary on, the first at which it may begin; beyond all of them: none
    next_cost: Sequence[float]  # `arriving` of the first from each boundary on at which it may end; infinity: none
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
        every = np.arange(len(text_costs) + 1)
        next_begin = np.append(begins, len(every))[begins.searchsorted(every)]
        next_cost = np.append(arriving[ends], np.inf)[ends.searchsorted(every)]
        return cls(next_begin.tolist(), next_cost.tolist(), ends, arriving[ends], leaving, arriving)

    def reach(self, cost: float) -> int:
        """Return the boundary after the last one whose `arriving` is `cost` at most; 0: there is none."""
        within = int(self.end_costs.searchsorted(cost, side="right"))
        return int(self.ends[within - 1]) + 1 if within else 0
