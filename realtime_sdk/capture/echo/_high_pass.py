"""Removes frequencies below every voice: hum, and the rumble of a knocked table."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...audio._pcm import to_frames
from ._kalman import Signal

CUTOFF_HZ: Final = 90.0
"""Hz that are attenuated by 3 dB."""

_FILTER_ORDER: Final = 6
"""Mains hum of 50 Hz is attenuated by 30 dB, of 60 Hz by 21 dB."""

_RESPONSE_SECONDS: Final = 0.1
"""Seconds of the impulse response; it has fallen by 60 dB after half of them."""


class HighPass:
    """A Butterworth filter without delay.

    rate: sample rate in Hz. block: frames processed at a time.
    """

    def __init__(self, rate: int, block: int) -> None:
        response = _response(rate)
        self._block = block
        self._signal: Signal = np.zeros(len(response) + block, np.float32)  # the latest
        self._size = 1 << (len(self._signal) + len(response)).bit_length()
        self._spectrum = np.fft.rfft(response, self._size)

    def process(self, block: Signal) -> Signal:
        """Filter a block."""
        self._signal = np.concatenate([self._signal[self._block :], block])
        filtered = np.fft.irfft(np.fft.rfft(self._signal, self._size) * self._spectrum, self._size)
        return filtered[len(self._signal) - self._block : len(self._signal)].astype(np.float32)


def _response(rate: int) -> Signal:
    """Compute the impulse response from the poles of the analogue filter."""
    poles = np.exp(0.5j * np.pi * (2 * np.arange(_FILTER_ORDER) + _FILTER_ORDER + 1) / _FILTER_ORDER)
    s = 1j * np.fft.rfftfreq(rate, 1 / rate) / CUTOFF_HZ
    spectrum = np.prod([s / (s - 1 / pole) for pole in poles], axis=0)
    return np.fft.irfft(spectrum)[: to_frames(_RESPONSE_SECONDS, rate)].astype(np.float32)
