"""Takes out what an adaptive filter leaves of an echo, and lets the user through."""

from __future__ import annotations

from typing import Final

import numpy as np

from ._kalman import Power, Sound, power_of
from ._noise import NoiseFloor

_BANDS: Final = 20
"""Parts of the spectrum whose leaks are learned apart, each a little wider than the one below."""

_OVERESTIMATE: Final = 2.0
"""How many times the expected echo is taken out: it is an average, and its peaks are heard."""

_FLOOR: Final = 0.01
"""Gain that is always left, -40 dB."""

_NEAR: Final = 3.0
"""How many times the expected echo the whole sound must be for somebody to be speaking; twice that for certain."""

_CLOSING: Final = 0.9
"""How much of its opening the gate keeps from block to block once nobody speaks: words end softly."""

_DECAY: Final = 0.8
"""Share of an echo's power that the room is taken to keep from block to block, beyond what the filter models."""

_POWER_SMOOTHING: Final = 0.5
_BAND_SMOOTHING: Final = 0.9
"""How much of their last value the powers of bins and bands keep from block to block."""

_RISE: Final = 1.01
"""Factor per block by which a leak grows at most: the user's speech must not be taken for one."""

_FALL: Final = 0.1
"""Share of the way to a smaller leak that is gone per block."""

_LEAK_BOUNDS: Final = (1e-4, 2.0)
"""An echo that is not the one predicted leaves both: itself, and the prediction."""

_AUDIBLE: Final = 1e-5
"""Power of a band's predicted echo from which its leak can be told, -98 dB of full scale."""

_LEAST: Final = 1e-7
"""Added to powers that are divided by, and to what the whole sound is compared with."""


class Suppressor:
    """A spectral gain from the echo that is to be expected in what the filter left.

    The echo to be expected is what the filter itself is unsure of, and a leak: a share of the predicted echo, band by
    band, which stands for a loudspeaker's distortion and reflections that come late. The least ratio of the two in a
    while is the leak: the user's speech only adds to it. On top of it, a gate shuts the whole spectrum unless there is
    more than the echo to be expected.

    block: frames taken at a time. What is returned lies one block behind. noise_suppression: noise that goes on evenly
    is taken out as well.
    """

    def __init__(self, block: int, *, noise_suppression: bool) -> None:
        self._block = block
        bins = block + 1
        self._window: Sound = np.sin(np.pi * (np.arange(2 * block) + 0.5) / (2 * block)).astype(np.float32)
        self._sounds: Sound = np.zeros((2, 2 * block), np.float32)  # the last two blocks
        self._overlap: Sound = np.zeros(block, np.float32)  # of the last block's output with this one's
        edges = np.unique(np.geomspace(2, bins, _BANDS).round().astype(int))
        self._band_of = np.searchsorted(edges, np.arange(bins), side="right")  # each bin
        self._leak: Power = np.ones(len(edges), np.float32)  # of each band
        self._band_powers: Power = np.zeros((2, len(edges)), np.float32)
        self._power: Power = np.zeros(bins, np.float32)  # of what the filter left
        self._trail: Power = np.zeros(bins, np.float32)  # of the predicted echo, and of how it decays
        self._residue: Power = np.zeros(bins, np.float32)  # of the last block
        self._opening = 0.0  # of the gate, 0 to 1
        self._noise = NoiseFloor(bins) if noise_suppression else None

    def process(self, error: Sound, echo: Sound, residue: Power, doubt: float, *, is_shut: bool) -> Sound:
        """Take a block of what the filter left, and of the echo it predicted; return the user's part.

        residue: the power of the echo in `error`, as far as the filter is unsure of it. doubt: 0 to 1, how much of
        `error` must be taken for echo because the prediction may be wrong. is_shut: all of it must.
        """
        self._sounds = np.hstack([self._sounds[:, self._block :], [error, echo]])
        spectra = np.fft.rfft(self._sounds * self._window)
        powers = power_of(spectra)
        self._trail = np.maximum(powers[1], _DECAY * self._trail)
        leak = np.maximum(self._leak, doubt * self._learn(np.stack([powers[0], self._trail])))
        expected: Power = np.maximum(residue, self._residue) + leak[self._band_of] * self._trail
        self._residue = residue
        gain = self._gain(powers[0], expected)
        if self._noise is not None:
            gain = gain * self._noise.gain(powers[0])
        if is_shut:
            gain = np.zeros_like(gain)
        sound = np.fft.irfft(gain * spectra[0]).astype(np.float32) * self._window
        cleaned: Sound = sound[: self._block] + self._overlap
        self._overlap = sound[self._block :]
        return cleaned

    def _learn(self, powers: Power) -> Power:
        """Follow the leaks; return what they would be if all were echo.

        powers: of what the filter left, and of the echo's trail.
        """
        bands = np.stack([np.bincount(self._band_of, power) for power in powers]).astype(np.float32)
        self._band_powers += (1 - _BAND_SMOOTHING) * (bands - self._band_powers)
        error, echo = self._band_powers
        ratio: Power = (error / (echo + _LEAST)).clip(*_LEAK_BOUNDS)
        falling = self._leak + _FALL * (ratio - self._leak)
        leak = np.where(ratio < self._leak, falling, np.minimum(self._leak * _RISE, ratio))
        self._leak = np.where(echo > _AUDIBLE, leak, self._leak)
        return ratio

    def _gain(self, power: Power, expected: Power) -> Power:
        self._power += (1 - _POWER_SMOOTHING) * (power - self._power)
        gain = 1 - _OVERESTIMATE * expected / (np.maximum(self._power, power) + _LEAST)
        surplus = float(power.sum() / (expected.sum() + _LEAST)) / _NEAR - 1
        self._opening = max(min(surplus, 1.0), _CLOSING * self._opening)
        opened: Power = gain.clip(_FLOOR, 1) * max(self._opening, _FLOOR)
        return opened
