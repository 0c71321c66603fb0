"""When each moment of the model's audio sounded. Pure."""

from __future__ import annotations

from ..audio._pcm import to_frames, to_seconds
from ..playback._heard_runs import Run, add_run
from ._stereo import JITTER_SECONDS


class HeardTimes:
    """Maps positions in what was heard to the times at which they sounded: pauses and underruns lie between them.

    rate: of the audio in Hz. Times are wall-clock seconds.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frames = 0  # heard so far
        self._runs: list[Run] = []  # each with a later origin than the one before it

    def add(self, at: float, frames: int) -> None:
        """So many more frames were heard, the first of them at this time, or earlier: it may be reported late."""
        add_run(self._runs, to_seconds(self._frames, self._rate), at, jitter=JITTER_SECONDS, fixed=0)
        self._frames += frames

    def time_of(self, started_at: float, position: float) -> float:
        """When a moment sounded, `position` seconds of audio behind the frame that sounded at `started_at`."""
        runs = reversed(self._runs)
        begins = (run for run in runs if run.position + run.origin <= started_at + JITTER_SECONDS)
        if (begin := next(begins, None)) is None:
            return started_at + position
        # Of a word that begins just before a break, most sounds after it.
        heard = to_frames(started_at - begin.origin + position + JITTER_SECONDS, self._rate)
        behind = (run for run in reversed(self._runs) if to_frames(run.position, self._rate) <= heard or run is begin)
        run = next(behind)
        return started_at + position + run.origin - begin.origin
