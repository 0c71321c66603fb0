"""Suppresses stationary noise, such as a fan's."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from ._kalman import Power

# tests/capture/echo/test_options.py holds the numbers of this module.

_NOISE_SMOOTHING: Final = 0.72
"""Share of its last value that the power of a bin keeps from block to block before its minimum is taken."""

_MINIMUM_WINDOW_BLOCKS: Final = 13
"""Blocks over which one minimum is taken."""

_MINIMUM_WINDOWS: Final = 6
"""Windows over which the least is taken: 1.5 s in all, in which every speaker draws breath."""

_MINIMUM_BIAS: Final = 1.8
"""Ratio of the mean noise power to the minimum of its smoothed power over that time."""

_DECISION_DIRECTED_WEIGHT: Final = 0.92
"""Weight of the last block's result in the signal-to-noise ratio of a bin; less of it leaves musical noise."""

_NOISE_GAIN_FLOOR: Final = 0.15
"""Least gain, -16 dB: noise that vanishes altogether between words sounds worse."""

_NOISE_POWER_FLOOR: Final = 2e-12
"""Added to noise powers that are divisors."""


class NoiseSuppressor:
    """A Wiener filter with a noise estimate from minimum statistics.

    R. Martin: "Noise power spectral density estimation based on optimal smoothing and minimum statistics", IEEE Trans.
    Speech and Audio Processing 9 (2001), with constant smoothing. The signal-to-noise ratio is decision-directed: Y.
    Ephraim, D. Malah: "Speech enhancement using a minimum mean-square error short-time spectral amplitude estimator",
    IEEE Trans. Acoustics, Speech and Signal Processing 32 (1984).
    """

    def __init__(self, bins: int) -> None:
        self._smoothed: Power = np.zeros(bins, np.float32)
        self._minimum: Power = np.full(bins, np.inf, np.float32)  # in this window
        self._minima: deque[Power] = deque(maxlen=_MINIMUM_WINDOWS)
        self._blocks = 0  # in this window
        self._clean: Power = np.zeros(bins, np.float32)  # power of the last block without its noise

    def gain(self, power: Power) -> Power:
        """Take the powers of a block's bins; return the gain of each."""
        self._smoothed += (1 - _NOISE_SMOOTHING) * (power - self._smoothed)
        self._minimum = np.minimum(self._minimum, self._smoothed)
        self._blocks += 1
        if self._blocks == _MINIMUM_WINDOW_BLOCKS:
            self._minima.append(self._minimum)
            self._minimum, self._blocks = self._smoothed.copy(), 0
        if not self._minima:
            return np.ones_like(power)
        noise = _MINIMUM_BIAS * np.minimum(self._minimum, np.min(self._minima, axis=0)) + _NOISE_POWER_FLOOR
        weight = _DECISION_DIRECTED_WEIGHT
        snr = weight * self._clean / noise + (1 - weight) * np.maximum(power / noise - 1, 0)
        gain: Power = np.maximum(snr / (1 + snr), _NOISE_GAIN_FLOOR)
        self._clean = gain**2 * power
        return gain
