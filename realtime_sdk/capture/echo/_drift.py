"""Follows two clocks that run at different paces: the echo comes a little later, or sooner, with every block."""

from __future__ import annotations

from typing import Final

import numpy as np

from ._kalman import Sound

_FASTEST: Final = 200e-6
"""Seconds a second by which two sound cards' clocks drift apart at most; crystals are good for a quarter of it."""

_GAIN: Final = 1 / 4000
"""Share of a block's delay by which the pace is put right. A filter that learns lags behind a drift by what it drifts
in some twenty blocks, so that the pace is right after a few seconds."""

_STEP: Final = 0.05
"""Frames that the echo must have moved by to be followed: a fiftieth of a sound's period at 10 kHz."""

_LEAST: Final = 1e-9
"""Added to what is divided by, a power of 240 frames."""


class Drift:
    """Learns how far the echo moves from block to block.

    What a prediction leaves that is right but for its time is the slope of what was predicted, times how much later it
    came. Speech and noise are no such thing, and cancel out.

    block: frames taken at a time.
    """

    def __init__(self, block: int) -> None:
        self._fastest = _FASTEST * block
        self._pace = 0.0  # frames a block
        self._due = 0.0  # frames by which the echo has moved and was not followed

    def look(self, left: Sound, echo: Sound) -> float:
        """Take a block of what was left, and of the echo that was predicted; return the frames to move the way by."""
        slope = np.gradient(echo)
        later = -float(left @ slope) / float(slope @ slope + left @ left + _LEAST)
        self._pace = min(max(self._pace + _GAIN * later, -self._fastest), self._fastest)
        self._due += self._pace
        if abs(self._due) < _STEP:
            return 0.0
        due, self._due = self._due, 0.0
        return due
