"""Notices that an echo is another one than was predicted."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...audio._pcm import to_frames
from ._kalman import Power, Sound

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
"""Times as large as anywhere else it has to be."""

_SHARP: Final = 0.001
"""Seconds around the largest correlation that are no other place."""

_NEAR: Final = 3
"""Frames that are no shift: the filter follows those by itself."""

_PATIENCE: Final = 50
"""Blocks of rendered sound, after some was lost, in which the echo must be found, or else the way is learnt anew."""

_LEAST: Final = 1e-15
"""Added to what is divided by: a product of two powers, which are of silence below 1e-7."""


class PredictionWatch:
    """Compares what was captured with the echo that was predicted.

    doubt: 0 to 1. It is 1 while the prediction is wrong, because room, volume or delay changed; then it fades.
    """

    def __init__(self, rate: int) -> None:
        self.doubt = 0.0
        self._farthest = to_frames(_FARTHEST, rate)
        self._sharp = to_frames(_SHARP, rate)
        self._captured: Sound = np.zeros(to_frames(_SPAN, rate), np.float32)
        self._echo: Sound = np.zeros_like(self._captured)
        self._powers: Power = np.zeros(3, np.float32)  # of what is left, of what was predicted, and of both together
        self._blocks = 0  # seen
        self._search = 0  # blocks of rendered sound for which the echo is still looked for, whatever the doubt

    @property
    def is_searching(self) -> bool:
        """Whether sound was lost, and the echo has not been found since."""
        return self._search > 0

    def begin_anew(self) -> None:
        """Sound was lost: the echo may lie elsewhere."""
        self.doubt, self._search = 0.0, _PATIENCE
        self._captured, self._echo = np.zeros_like(self._captured), np.zeros_like(self._echo)
        self._powers = np.zeros_like(self._powers)

    def look(self, captured: Sound, echo: Sound, *, sounds: bool) -> int | None:
        """Take a block of both; return the frames by which the echo comes later, None if that is not clear.

        sounds: the loudspeaker does.
        """
        self._captured = np.concatenate([self._captured[len(captured) :], captured])
        self._echo = np.concatenate([self._echo[len(echo) :], echo])
        left = captured - echo
        powers = np.array([left @ left, echo @ echo, left @ echo], np.float32)
        self._powers += (1 - _SMOOTHING) * (powers - self._powers)
        self.doubt = max(self._resemblance, _FADING * self.doubt)
        self._blocks += 1
        if self.is_searching and sounds:
            self._search -= 1
        if self._blocks % _EVERY or not (self.is_searching or self.doubt >= _SUSPICIOUS):
            return None
        place = self._place()
        if place is not None:
            self._search = 0
        if place:  # what was predicted so far is of another way
            self._echo, self._powers = np.zeros_like(self._echo), np.zeros_like(self._powers)
        return place

    @property
    def is_wrong(self) -> bool:
        """Whether the prediction is of another echo for certain."""
        return self.doubt == 1.0

    @property
    def is_harmful(self) -> bool:
        """Whether the prediction adds to what was captured: no voice can make it look so."""
        _, echo, both = (float(power) for power in self._powers)
        return self.is_wrong and echo + 2 * both < 0

    @property
    def _resemblance(self) -> float:
        left, echo, both = (float(power) for power in self._powers)
        return min((both * both / (_RESEMBLING * left * echo + _LEAST)) ** _CERTAINTY, 1.0)

    def _place(self) -> int | None:
        """Where the two sounds agree, if they clearly do so there alone: the phase transform of their correlation.

        Both went through the same room, so that its peak is a single sharp one.
        """
        captured, echo = (np.fft.rfft(sound, 2 * len(sound)) for sound in (self._captured, self._echo))
        cross = captured * echo.conj()
        correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-9))
        near = np.roll(correlation, self._farthest)[: 2 * self._farthest]
        peak = int(near.argmax())
        height = near[peak]
        near[max(peak - self._sharp, 0) : peak + self._sharp + 1] = 0
        if height < max(_ALIKE, _CLEARLY * np.abs(near).max()):
            return None
        place = peak - self._farthest
        return place if abs(place) >= _NEAR else 0
