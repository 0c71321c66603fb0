"""Takes out what lies below every voice: hum, and the rumble of a table that is knocked against."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...audio._pcm import to_frames
from ._kalman import Sound

CUTOFF: Final = 90.0
"""Hz that are weaker by 3 dB."""

_ORDER: Final = 6
"""Of the filter: mains hum of 50 Hz is weaker by 30 dB, of 60 Hz by 21 dB."""

_LASTS: Final = 0.1
"""Seconds of its impulse response; it has fallen by 60 dB after half of them."""


class HighPass:
    """A Butterworth filter. It delays nothing.

    rate: frames per second. block: frames taken at a time.
    """

    def __init__(self, rate: int, block: int) -> None:
        response = _response(rate)
        self._block = block
        self._sound: Sound = np.zeros(len(response) + block, np.float32)  # the latest
        self._size = 1 << (len(self._sound) + len(response)).bit_length()
        self._spectrum = np.fft.rfft(response, self._size)

    def process(self, sound: Sound) -> Sound:
        """Take a block; return it without what is low."""
        self._sound = np.concatenate([self._sound[self._block :], sound])
        filtered = np.fft.irfft(np.fft.rfft(self._sound, self._size) * self._spectrum, self._size)
        return filtered[len(self._sound) - self._block : len(self._sound)].astype(np.float32)


def _response(rate: int) -> Sound:
    """Give the impulse response, from the analogue filter's poles and the spectrum that they make."""
    poles = np.exp(0.5j * np.pi * (2 * np.arange(_ORDER) + _ORDER + 1) / _ORDER)
    s = 1j * np.fft.rfftfreq(rate, 1 / rate) / CUTOFF
    spectrum = np.prod([s / (s - 1 / pole) for pole in poles], axis=0)
    return np.fft.irfft(spectrum)[: to_frames(_LASTS, rate)].astype(np.float32)
