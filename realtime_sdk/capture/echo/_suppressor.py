"""Suppresses the residual echo that the adaptive filter leaves, and passes the user's voice."""

from __future__ import annotations

from typing import Final

import numpy as np

from ._kalman import Power, Signal, power_of
from ._noise_suppressor import NoiseSuppressor

# benchmarks/echo.py holds the numbers of this module.

_BAND_COUNT: Final = 20
"""Bands of the spectrum with their own leak, each a little wider than the one below."""

_OVERSUBTRACTION: Final = 2.0
"""Multiple of the expected echo that is subtracted: it is an average, and its peaks are audible."""

_ECHO_GAIN_FLOOR: Final = 0.01
"""Least gain, -40 dB."""

_NEAR_END_RATIO: Final = 3.0
"""Ratio of the whole power to the expected echo above which the user speaks; at twice that for certain."""

_GATE_RELEASE: Final = 0.81
"""Share of its opening that the gate keeps from block to block once the user is silent: words end softly."""

_REVERB_DECAY: Final = 0.8
"""Share of an echo's power that the room keeps from block to block, beyond what the filter models."""

_BIN_POWER_SMOOTHING: Final = 0.25
_BAND_POWER_SMOOTHING: Final = 0.81
"""Share of their last value that the powers of bins and bands keep from block to block."""

_LEAK_RISE: Final = 1.02
"""Factor per block by which a leak grows at most: the user's speech must not be taken for one."""

_LEAK_FALL: Final = 0.19
"""Share of the difference to a smaller leak that is taken per block."""

_LEAK_BOUNDS: Final = (1e-4, 2.0)
"""Least and greatest leak. An echo that was predicted wrong leaves both: itself, and the prediction."""

_LEAK_POWER_FLOOR: Final = 2e-5
"""Power of a band's predicted echo from which its leak can be estimated, -98 dB of full scale."""

_BAND_POWER_FLOOR: Final = 2e-7
"""Added to powers that are divisors, and to the power with which the whole is compared."""


class ResidualEchoSuppressor:
    """A spectral gain from the expected power of the residual echo.

    The expected power is the filter's own uncertainty plus a leak: a share of the predicted echo, band by band, for a
    loudspeaker's distortion and for late reflections. The leak is the least ratio of residual to prediction over some
    time: the user's speech only adds to that ratio. Then a gate shuts the whole spectrum unless there is more than the
    expected echo.

    block: frames processed at a time. noise_suppression: stationary noise is suppressed, too.
    """

    def __init__(self, block: int, *, noise_suppression: bool) -> None:
        self._block = block
        self.delay = block // 2  # frames by which the output lags
        bins = block + 1
        # Spectra of a block and a half, with half a block of overlap, in bins as narrow as the filter's.
        self._length = block + self.delay
        rise = np.sin(np.pi * (np.arange(self.delay) + 0.5) / (2 * self.delay))
        self._window: Signal = np.concatenate([rise, np.ones(block - self.delay), rise[::-1]]).astype(np.float32)
        self._signals: Signal = np.zeros((2, self._length), np.float32)  # residual and echo
        self._padded: Signal = np.zeros((2, 2 * block), np.float32)  # what is transformed
        self._overlap: Signal = np.zeros(self.delay, np.float32)  # of the last block's output with this one's
        edges = np.unique(np.geomspace(2, bins, _BAND_COUNT).round().astype(int))
        self._band_of = np.searchsorted(edges, np.arange(bins), side="right")  # each bin
        self._band_starts = np.searchsorted(self._band_of, np.arange(len(edges)))
        self._leak: Power = np.ones(len(edges), np.float32)  # of each band
        self._band_powers: Power = np.zeros((2, len(edges)), np.float32)
        self._power: Power = np.zeros(bins, np.float32)  # of the residual
        self._reverb: Power = np.zeros(bins, np.float32)  # of the predicted echo and its decay
        self._residue: Power = np.zeros(bins, np.float32)  # of the last block
        self._nearest = np.arange(bins) // 2  # of the bins of a residue
        self._opening = 0.0  # of the gate, 0 to 1
        self._noise_suppressor = NoiseSuppressor(bins) if noise_suppression else None

    def process(self, error: Signal, echo: Signal, residue: Power, mismatch: float, *, is_shut: bool) -> Signal:
        """Take a block of the filter's residual and of the echo it predicted; return the user's part.

        residue: expected power of the echo in `error`, from the filter's uncertainty, in every other bin. mismatch: 0
        to 1, the share of `error` to take for echo because the prediction may be wrong. is_shut: take all of it.
        """
        self._signals[:, : self.delay] = self._signals[:, self._block :]
        self._signals[0, self.delay :], self._signals[1, self.delay :] = error, echo
        np.multiply(self._signals, self._window, out=self._padded[:, : self._length])
        spectra = np.fft.rfft(self._padded)
        powers = power_of(spectra)  # of the residual, and of the echo with its reverberation
        self._reverb = powers[1] = np.maximum(powers[1], _REVERB_DECAY * self._reverb)
        leak = np.maximum(self._leak, mismatch * self._update_leaks(powers))
        residue = residue[self._nearest]
        expected: Power = np.maximum(residue, self._residue) + leak[self._band_of] * self._reverb
        self._residue = residue
        gain = self._gain(powers[0], expected)
        if self._noise_suppressor is not None:
            gain = gain * self._noise_suppressor.gain(powers[0])
        if is_shut:
            gain = np.zeros_like(gain)
        output: Signal = np.fft.irfft(gain * spectra[0])[: self._length]
        output *= self._window
        output[: self.delay] += self._overlap
        self._overlap = output[self._block :]
        return output[: self._block]

    def _update_leaks(self, powers: Power) -> Power:
        """Update the leak of each band; return the leaks as if all of the residual were echo.

        powers: of the residual, and of the echo's reverberation.
        """
        bands = np.add.reduceat(powers, self._band_starts, axis=1)
        self._band_powers += (1 - _BAND_POWER_SMOOTHING) * (bands - self._band_powers)
        error, echo = self._band_powers
        least, greatest = _LEAK_BOUNDS
        ratio: Power = np.minimum(np.maximum(error / (echo + _BAND_POWER_FLOOR), least), greatest)
        falling = self._leak + _LEAK_FALL * (ratio - self._leak)
        leak = np.minimum(self._leak * _LEAK_RISE, np.maximum(ratio, falling))
        self._leak = np.where(echo > _LEAK_POWER_FLOOR, leak, self._leak)
        return ratio

    def _gain(self, power: Power, expected: Power) -> Power:
        self._power += (1 - _BIN_POWER_SMOOTHING) * (power - self._power)
        surplus = float(power.sum() / (expected.sum() + _BAND_POWER_FLOOR)) / _NEAR_END_RATIO - 1
        self._opening = max(min(surplus, 1.0), _GATE_RELEASE * self._opening)
        share = _OVERSUBTRACTION * expected
        share /= np.maximum(self._power, power) + _BAND_POWER_FLOOR
        gain: Power = np.maximum(1 - share, _ECHO_GAIN_FLOOR)  # not above 1: powers are positive
        gain *= max(self._opening, _ECHO_GAIN_FLOOR)
        return gain
