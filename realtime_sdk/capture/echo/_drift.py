"""Tracks the drift between two sample clocks: the echo comes a little later, or earlier, with every block."""

from __future__ import annotations

from typing import Final

import numpy as np

from ._kalman import Signal

# The drift sets of benchmarks/echo.py hold the numbers of this module.

_MAX_DRIFT: Final = 200e-6
"""Seconds per second by which the clocks of two sound cards drift at most; crystals are good for a quarter of it."""

_DRIFT_GAIN: Final = 1 / 1000
"""Share of a block's delay error by which the drift is corrected. A filter that adapts lags behind a drift by some
ten blocks of it, so that the estimate is right after a few seconds."""

_SHIFT_STEP_FRAMES: Final = 0.05
"""Frames by which the echo must have moved before the filter is shifted: a fiftieth of a period at 10 kHz."""

_SLOPE_POWER_FLOOR: Final = 1e-9
"""Added to a divisor: a power summed over 480 frames."""


class DriftTracker:
    """Estimates how far the echo moves from block to block.

    The error of a prediction that is right but for its delay is the slope of the prediction, times the delay error.
    Speech and noise do not correlate with that slope, and average out.

    block: frames processed at a time.
    """

    def __init__(self, block: int) -> None:
        self._max_drift = _MAX_DRIFT * block
        self._drift = 0.0  # frames per block
        self._pending_shift = 0.0  # frames by which the echo has moved since the last shift

    def update(self, error: Signal, echo: Signal) -> float:
        """Take a block of the residual and of the predicted echo; return the frames to shift the echo path by."""
        slope = _slope(echo)
        delay_error = -float(error @ slope) / float(slope @ slope + error @ error + _SLOPE_POWER_FLOOR)
        self._drift = min(max(self._drift + _DRIFT_GAIN * delay_error, -self._max_drift), self._max_drift)
        return self.rest(1)

    def rest(self, blocks: int) -> float:
        """Take a number of blocks without an echo; return the frames to shift the echo path by."""
        self._pending_shift += blocks * self._drift
        if abs(self._pending_shift) < _SHIFT_STEP_FRAMES:
            return 0.0
        shift, self._pending_shift = self._pending_shift, 0.0
        return shift


def _slope(signal: Signal) -> Signal:
    """The slope at each frame, as `numpy.gradient` computes it, in a third of the time."""
    slope = np.empty_like(signal)
    inner = np.subtract(signal[2:], signal[:-2], out=slope[1:-1])
    inner *= 0.5
    slope[0], slope[-1] = signal[1] - signal[0], signal[-1] - signal[-2]
    return slope
