"""Real time, which no count of what was heard can be ahead of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from ..audio._pcm import to_frames, to_seconds

EARLY_LIMIT: Final = 0.1
"""Seconds by which a count may run ahead of real time: a device may count whole blocks."""

FASTEST: Final = 1.05
"""How fast a device may play: its crystal, and this process's, are off by much less."""


class Pace:
    """How much of what a device was given it can have played by now. Pure.

    rate: sample rate in Hz. clock: returns the loop time.
    """

    def __init__(self, rate: int, clock: Callable[[], float]) -> None:
        self.rate = rate
        self.early_limit = to_frames(EARLY_LIMIT, rate)
        self._clock = clock
        self._ends_at = -math.inf  # loop time before which the last frame written can't have been heard
        self._paused_at: float | None = None  # loop time; None: it is not paused

    def write(self, frames: int, *, exactly: bool) -> None:
        """It has taken frames, which it plays as fast as their rate says. exactly: and no faster at all."""
        self._ends_at = max(self._now, self._ends_at) + to_seconds(frames, self.rate) / (1.0 if exactly else FASTEST)

    def flush(self) -> None:
        """It has dropped what was not heard."""
        self._ends_at = -math.inf

    def pause(self) -> None:
        """It plays nothing until `resume`."""
        if self._paused_at is None:
            self._paused_at = self._clock()

    def resume(self) -> None:
        """It goes on."""
        if self._paused_at is not None:
            self._ends_at += self._clock() - self._paused_at
            self._paused_at = None

    def unheard(self) -> int:
        """The frames written last that can't have been heard yet."""
        return max(0, to_frames(max(0.0, self._ends_at - self._now), self.rate))

    @property
    def _now(self) -> float:
        return self._clock() if self._paused_at is None else self._paused_at
