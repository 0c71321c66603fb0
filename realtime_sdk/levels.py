"""How loud the sound is, often enough for a meter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .audio import Pcm, to_frames, to_seconds

INTERVAL = 0.08
"""Seconds of sound that one level speaks for: twelve and a half levels a second."""

SILENT = -96.0
"""dB of full scale below which 16-bit sound has nothing."""

_FULL_SCALE = 32768.0


class LevelMeter:
    """Collects sound and tells the level of every 80 ms of it."""

    def __init__(self, rate: int, tell: Callable[[float, float], None]) -> None:
        self._rate = rate
        self._tell = tell  # told the wall-clock time of the first frame, and the level in dB of full scale
        self._needed = to_frames(INTERVAL, rate)
        self._squares = 0.0  # sum, since the last level
        self._frames = 0  # since the last level

    def push(self, at: float, pcm: Pcm) -> None:
        """Take sound whose first frame belongs to wall-clock time `at`."""
        sound = pcm.astype(np.float32)
        self._squares += float(sound @ sound)
        self._frames += pcm.size
        if self._frames >= self._needed:
            began = at + to_seconds(pcm.size - self._frames, self._rate)
            self._tell(began, level(self._squares / self._frames))
            self._squares, self._frames = 0.0, 0


def level(mean_square: float) -> float:
    """Give dB of full scale for a mean of squared samples; silence is -96."""
    if mean_square <= 0.0:
        return SILENT
    return max(SILENT, 10.0 * float(np.log10(mean_square / _FULL_SCALE**2)))
