"""When each moment of the model's audio sounded. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from ..audio._pcm import to_frames, to_seconds
from ._stereo import JITTER_SECONDS

_RUNS: Final = 1000
"""Runs that are kept: a message has fewer."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Audio that sounded without a break."""

    first: int  # frames of all audio that were heard before it
    origin: float  # when the first frame of all audio would have sounded, had there never been a break


class HeardTimes:
    """Maps positions in what was heard to the times at which they sounded: pauses and underruns lie between them.

    rate: of the audio in Hz. Times are wall-clock seconds.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frames = 0  # heard so far
        self._runs: deque[_Run] = deque(maxlen=_RUNS)  # each with a later origin than the one before it

    def add(self, at: float, frames: int) -> None:
        """So many more frames were heard, the first of them at this time, or earlier: it may be reported late."""
        first, origin = self._frames, at - to_seconds(self._frames, self._rate)
        while self._runs and self._runs[-1].origin > origin:  # that break was a report that came late
            first = self._runs.pop().first
        if not self._runs or origin > self._runs[-1].origin + JITTER_SECONDS:
            self._runs.append(_Run(first, origin))
        self._frames += frames

    def time_of(self, started_at: float, position: float) -> float:
        """When a moment sounded, `position` seconds of audio behind the frame that sounded at `started_at`."""
        runs = reversed(self._runs)
        begins = (run for run in runs if to_seconds(run.first, self._rate) + run.origin <= started_at + JITTER_SECONDS)
        if (begin := next(begins, None)) is None:
            return started_at + position
        # Of a word that begins just before a break, most sounds after it.
        heard = to_frames(started_at - begin.origin + position + JITTER_SECONDS, self._rate)
        run = next(run for run in reversed(self._runs) if run.first <= heard or run is begin)
        return started_at + position + run.origin - begin.origin
