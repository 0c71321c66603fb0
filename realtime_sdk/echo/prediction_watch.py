"""Notices that an echo is another one than was predicted."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..audio import to_frames
from .kalman import Power, Sound

_RESEMBLING: Final = 0.2
"""Squared correlation of what is left with what was predicted from which the prediction is wrong for certain. What a
right one leaves is a voice or noise, and resembles it no more than chance has it."""

_CERTAINTY: Final = 4
"""Power to which that share is raised: half of it is nothing yet."""

_SMOOTHING: Final = 0.9
"""How much of their last value the powers keep from block to block."""

_FADING: Final = 0.9
"""How much of the doubt stays from block to block once the prediction is right."""

_SUSPICIOUS: Final = 0.05
"""Doubt down to which a moved echo is looked for: 0.3 s after it was right again."""

_SPAN: Final = 0.16
"""Seconds of sound in which it is looked for."""

_FARTHEST: Final = 0.05
"""Seconds by which it may have moved."""

_EVERY: Final = 5
"""Blocks from one look to the next."""

_ALIKE: Final = 0.2
"""Correlation from which two sounds are the same one, at two times."""

_CLEARLY: Final = 2.0
"""Times as large as the correlation without a shift it has to be."""

_NEAR: Final = 3
"""Frames that are no shift: the filter follows those by itself."""


_LEAST: Final = 1e-15
"""Added to what is divided by: a product of two powers, which are of silence below 1e-7."""


class PredictionWatch:
    """Compares what was captured with the echo that was predicted.

    doubt: 0 to 1. It is 1 while the prediction is wrong, because room, volume or delay changed; then it fades.
    """

    def __init__(self, rate: int) -> None:
        self.doubt = 0.0
        self._span = to_frames(_SPAN, rate)
        self._farthest = to_frames(_FARTHEST, rate)
        self._captured: Sound = np.zeros(self._span, np.float32)
        self._echo: Sound = np.zeros(self._span, np.float32)
        self._powers: Power = np.zeros(3, np.float32)  # of what is left, of what was predicted, and of both together
        self._blocks = 0  # seen

    def look(self, captured: Sound, echo: Sound) -> int:
        """Take a block of both; return the frames by which the echo has moved, 0 if it has not."""
        self._captured = np.concatenate([self._captured[len(captured) :], captured])
        self._echo = np.concatenate([self._echo[len(echo) :], echo])
        left = captured - echo
        powers = np.array([left @ left, echo @ echo, left @ echo], np.float32)
        self._powers += (1 - _SMOOTHING) * (powers - self._powers)
        self.doubt = max(self._resemblance, _FADING * self.doubt)
        self._blocks += 1
        if self.doubt < _SUSPICIOUS or self._blocks % _EVERY:
            return 0
        shift = self._shift()
        if shift:  # what was predicted so far is of another way
            self._echo, self._powers = np.zeros_like(self._echo), np.zeros_like(self._powers)
        return shift

    @property
    def is_harmful(self) -> bool:
        """Whether the prediction adds to what was captured: no voice can make it look so."""
        _, echo, both = (float(power) for power in self._powers)
        return self.doubt == 1.0 and echo + 2 * both < 0

    @property
    def _resemblance(self) -> float:
        left, echo, both = (float(power) for power in self._powers)
        return min((both * both / (_RESEMBLING * left * echo + _LEAST)) ** _CERTAINTY, 1.0)

    def _shift(self) -> int:
        """Where the two sounds agree, if they clearly do so there alone: the phase transform of their correlation.

        Both went through the same room, so that its peak is a single sharp one.
        """
        captured, echo = (np.fft.rfft(sound, 2 * self._span) for sound in (self._captured, self._echo))
        cross = captured * echo.conj()
        correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-9))
        near = np.roll(correlation, self._farthest)[: 2 * self._farthest]
        shift = int(near.argmax()) - self._farthest
        unmoved = np.abs(np.roll(correlation, _NEAR)[: 2 * _NEAR]).max()
        if abs(shift) < _NEAR or near.max() < max(_ALIKE, _CLEARLY * unmoved):
            return 0
        return shift
