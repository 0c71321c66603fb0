"""Tells what of a sound is noise that goes on evenly, such as a fan's."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from ._kalman import Power

_SMOOTHING: Final = 0.85
"""How much of its last value the power of a bin keeps from block to block before its minimum is looked for."""

_SPAN: Final = 25
"""Blocks of which a minimum is kept."""

_SPANS: Final = 6
"""Minima in which the least is looked for: 1.5 s in all, in which every speaker draws breath."""

_BIAS: Final = 1.8
"""Times by which noise is stronger than the least of its smoothed power in that time."""

_INERTIA: Final = 0.96
"""Share of the last block's result in how far a bin is thought to stand out; less of it sounds like bells."""

_FLOOR: Final = 0.15
"""Gain that is always left, -16 dB: noise that is gone altogether between words sounds worse."""

_LEAST: Final = 1e-12
"""Added to powers that are divided by."""


class NoiseFloor:
    """A Wiener filter over the least power that every bin had lately.

    R. Martin: "Noise power spectral density estimation based on optimal smoothing and minimum statistics", IEEE Trans.
    Speech and Audio Processing 9 (2001), with a smoothing that does not change. How far a bin stands out is decided as
    in Y. Ephraim, D. Malah: "Speech enhancement using a minimum mean-square error short-time spectral amplitude
    estimator", IEEE Trans. Acoustics, Speech and Signal Processing 32 (1984).
    """

    def __init__(self, bins: int) -> None:
        self._smoothed: Power = np.zeros(bins, np.float32)
        self._least: Power = np.full(bins, np.inf, np.float32)  # of this span
        self._minima: deque[Power] = deque(maxlen=_SPANS)
        self._blocks = 0  # of this span
        self._passed: Power = np.zeros(bins, np.float32)  # power of the last block that was no noise

    def gain(self, power: Power) -> Power:
        """Take the powers of a block's bins; return by what to multiply its spectrum."""
        self._smoothed += (1 - _SMOOTHING) * (power - self._smoothed)
        self._least = np.minimum(self._least, self._smoothed)
        self._blocks += 1
        if self._blocks == _SPAN:
            self._minima.append(self._least)
            self._least, self._blocks = self._smoothed.copy(), 0
        if not self._minima:
            return np.ones_like(power)
        noise = _BIAS * np.minimum(self._least, np.min(self._minima, axis=0)) + _LEAST
        above = _INERTIA * self._passed / noise + (1 - _INERTIA) * np.maximum(power / noise - 1, 0)
        gain: Power = np.maximum(above / (1 + above), _FLOOR)
        self._passed = gain**2 * power
        return gain
