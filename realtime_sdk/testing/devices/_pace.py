"""The pace of a device: how many frames it counts, or gives, per second of the loop's clock."""

from __future__ import annotations

import asyncio
from typing import Final

from ..._runtime import clock
from ...audio._pcm import to_seconds
from .._clock import VirtualLoop

MEASURED: Final = 1.5
"""Seconds of audio in which the rate of a device is measured."""

ATTEMPTS: Final = 3
"""Measurements after which a rate is wrong: a machine under load delays a reading."""

SETTLING: Final = 0.2
"""Seconds after the first frame at which the measurement begins: buffered audio comes faster."""

SHORTEST: Final = 0.1
"""Seconds between two readings below which they give no rate."""

TOLERANCE, TOLERANCE_VIRTUAL = 0.05, 0.02
"""The part of a rate by which it may differ: readings are 10 ms apart, and late in real time."""


class Pace:
    """Frames over time since `began`, and the rate between two readings at which the frames had just grown.

    began: loop time before which none of the frames can have passed.
    """

    def __init__(self, rate: int, began: float) -> None:
        self._rate = rate
        self._began = began
        self.frames: int = 0  # at the last reading
        self._moved_at: float | None = None  # loop time of the first frame since it was made, or since `remeasure`
        self._start: tuple[float, int] | None = None  # loop time and frames at which the measurement begins
        self._end = (began, 0)  # and at which it ends so far
        self._lead = 0.0
        self.fastest: str = ""  # the reading that was the furthest ahead

    def add(self, frames: int, *, is_last: bool = False) -> None:
        """Take a reading: the frames in all. is_last: no more are to come, so that it says nothing about the rate."""
        if frames == self.frames:
            return
        now, self.frames = clock.now(), frames
        if not is_last:
            self._end = now, frames
        self._moved_at = now if self._moved_at is None else self._moved_at
        if self._start is None and now - self._moved_at >= SETTLING:
            self._start = self._end
        lead = round(to_seconds(frames, self._rate) - self.elapsed, 6)
        if lead > self._lead:
            self._lead = lead
            self.fastest = f"{frames} frames within {self.elapsed:.2f} s at {self._rate} Hz"

    def remeasure(self) -> None:
        """Discard the two readings; the frames, and the lead, are still those since it began."""
        self._start = self._moved_at = None

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return clock.now() - self._began

    @property
    def lead(self) -> float:
        """Seconds by which the frames were ahead of the clock at most."""
        return self._lead

    @property
    def measured(self) -> float:
        """Seconds between the two readings."""
        return 0.0 if self._start is None else self._end[0] - self._start[0]

    @property
    def wrong_rate(self) -> str | None:
        """The rate seen, in words; None if it is right, or could not be measured."""
        if self._start is None or self.measured < SHORTEST:
            return None
        seen = (self._end[1] - self._start[1]) / self.measured
        tolerance = TOLERANCE_VIRTUAL if isinstance(asyncio.get_running_loop(), VirtualLoop) else TOLERANCE
        if abs(seen / self._rate - 1) <= tolerance:
            return None
        return f"{round(seen)} frames a second where {self._rate} were opened"
