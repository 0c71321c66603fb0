"""Loudness of audio, measured often enough for a meter. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..audio._pcm import FULL_SCALE, Pcm, to_frames, to_seconds

LEVEL_INTERVAL: Final = 0.08
"""Seconds of audio in one level: 12.5 levels a second."""

SILENT_DBFS: Final = -96.0
"""dB of full scale that stand for silence: the least significant bit of 16 lies at -90 dB."""


@dataclass(frozen=True, slots=True)
class Level:
    """Root mean square of some 80 ms of audio, in dB of full scale; `at` is the wall-clock time of its first frame."""

    at: float
    dbfs: float


class LevelMeter:
    """Measures the level of every 80 ms of a stream, once it is switched on.

    rate: sample rate in Hz.
    """

    def __init__(self, rate: int) -> None:
        self.is_on = False
        self._rate = rate
        self._needed = to_frames(LEVEL_INTERVAL, rate)
        self._pieces: list[Pcm] = []  # since the last level
        self._frames = 0  # of them
        self._until: float | None = None  # wall-clock time at which the stream ends so far; None: it is silent

    def push(self, at: float, pcm: Pcm) -> list[Level]:
        """Add frames, the first of them at wall-clock time `at`; return the levels that they complete."""
        if not self.is_on:
            return []
        if pcm.size > self._needed:
            begins = range(0, pcm.size, self._needed)
            pieces = ((at + to_seconds(begin, self._rate), pcm[begin : begin + self._needed]) for begin in begins)
            return [level for start, piece in pieces for level in self.push(start, piece)]
        self._until = at + to_seconds(pcm.size, self._rate)
        self._pieces.append(pcm)
        self._frames += pcm.size
        if self._frames < self._needed:
            return []
        start = at + to_seconds(pcm.size - self._frames, self._rate)
        samples = np.concatenate(self._pieces).astype(np.float32)
        self._pieces, self._frames = [], 0
        return [Level(start, to_dbfs(float(samples @ samples) / samples.size))]

    def stopped(self, at: float = math.inf) -> list[Level]:
        """There are no frames by `at`; return the level of that silence, once, when it has lasted for 80 ms.

        at: left out: there will be none.
        """
        if self._until is None or at - self._until < LEVEL_INTERVAL:
            return []
        level = Level(self._until, SILENT_DBFS)
        self._pieces, self._frames, self._until = [], 0, None
        return [level]


def to_dbfs(mean_square: float) -> float:
    """Convert a mean of squared int16 samples to dB of full scale, at least -96."""
    if mean_square <= 0.0:
        return SILENT_DBFS
    return max(SILENT_DBFS, 10.0 * float(np.log10(mean_square / FULL_SCALE**2)))
