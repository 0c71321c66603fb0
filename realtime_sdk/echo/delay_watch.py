"""Notices that an echo comes at another time than was predicted."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..audio import to_frames
from .kalman import Power, Sound

_SPAN: Final = 0.16
"""Seconds of sound that are looked at."""

_FARTHEST: Final = 0.05
"""Seconds by which the echo may have moved."""

_EVERY: Final = 5
"""Blocks from one look to the next."""

_SUSPICION: Final = 50
"""Blocks for which it is looked at after a prediction turned out wrong."""

_SMOOTHING: Final = 0.9
"""How much of their last value powers keep from block to block."""

_WRONG: Final = 1.2
"""Times the power of what was captured that is left of it when a prediction was wrong: it added to it."""

_ALIKE: Final = 0.2
"""Correlation from which two sounds are the same one, at two times."""

_CLEARLY: Final = 2.0
"""Times as large as the correlation without a shift it has to be."""

_NEAR: Final = 3
"""Frames that are no shift: the filter follows those by itself."""


class DelayWatch:
    """Correlates what was captured with the echo that was predicted, whenever the prediction was wrong.

    Both went through the same room, so a single sharp peak tells how far the echo has moved.
    """

    def __init__(self, rate: int) -> None:
        self._span = to_frames(_SPAN, rate)
        self._farthest = to_frames(_FARTHEST, rate)
        self._captured: Sound = np.zeros(self._span, np.float32)
        self._echo: Sound = np.zeros(self._span, np.float32)
        self._powers: Power = np.zeros(2, np.float32)  # of what was captured, and of what the prediction left of it
        self._suspicion = 0  # blocks for which it lasts

    def look(self, captured: Sound, echo: Sound) -> int:
        """Take a block of both sides; return the frames by which the echo has moved, 0 if it has not."""
        self._captured = np.concatenate([self._captured[len(captured) :], captured])
        self._echo = np.concatenate([self._echo[len(echo) :], echo])
        error = captured - echo
        powers = np.array([captured @ captured, error @ error], np.float32)
        self._powers += (1 - _SMOOTHING) * (powers - self._powers)
        self._suspicion = max(self._suspicion - 1, 0)
        if self._powers[1] > _WRONG * self._powers[0]:
            self._suspicion = _SUSPICION
        if not self._suspicion or self._suspicion % _EVERY:
            return 0
        shift = self._shift()
        if shift:  # what was predicted so far is of another way
            self._echo, self._powers = np.zeros_like(self._echo), np.zeros_like(self._powers)
            self._suspicion = 0
        return shift

    def _shift(self) -> int:
        """Where the two sounds agree, if they clearly do so there alone: the phase transform of their correlation."""
        captured, echo = (np.fft.rfft(sound, 2 * self._span) for sound in (self._captured, self._echo))
        cross = captured * echo.conj()
        correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-9))
        near = np.roll(correlation, self._farthest)[: 2 * self._farthest]
        shift = int(near.argmax()) - self._farthest
        unmoved = np.abs(np.roll(correlation, _NEAR)[: 2 * _NEAR]).max()
        if abs(shift) < _NEAR or near.max() < max(_ALIKE, _CLEARLY * unmoved):
            return 0
        return shift
