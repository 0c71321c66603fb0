"""Where the user's turns begin: a server reports them only once it is sure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from ._model import Spoken
from ._sound import PEAKS_PER_SECOND

_EARLIEST: Final = 1.5
"""Seconds before the report at which a turn may have begun; detectors take up to about one."""

_PAUSE: Final = 0.5
"""Seconds of quiet that end a turn, as the service's detector has them: sound before them is none of the turn."""

_QUIET: Final = 0.3
"""Of the loudest peak of the turn: what is below is no speech."""


def find_starts(turns: Iterable[Spoken], peaks: npt.NDArray[np.uint8]) -> None:
    """Let turns begin with the sound before which there is a pause, if there is one. peaks: of the user's sound."""
    before = 0.0
    for turn in turns:
        first, last = (int(seconds * PEAKS_PER_SECOND) for seconds in (turn.start, turn.end))
        limit = int(max(before, turn.start - _EARLIEST - _PAUSE) * PEAKS_PER_SECOND)
        loud = peaks > _QUIET * peaks[first:last].max(initial=0)
        start = first
        for at in range(min(first, len(peaks)) - 1, limit - 1, -1):
            if loud[at]:
                start = at
            elif start - at > _PAUSE * PEAKS_PER_SECOND:
                turn.start = min(turn.start, start / PEAKS_PER_SECOND)
                turn.say(turn.text)
                break
        before = turn.end
