"""The audio that an application takes, in a session without a speaker: it counts as heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ..._runtime import clock
from ..._runtime.event_loop import assert_own_loop
from ...audio._pcm import Pcm, to_seconds
from ...playback._segment import Segment
from ..observers._tap import Tap


@dataclass(slots=True)
class TakenAudio:
    """Passes the audio that an application takes to a tap: as fast as it comes, and yet it plays one frame at a time.

    rate: of the audio in Hz.
    """

    tap: Tap | None
    rate: int
    _until: float = 0.0  # wall-clock time at which all that was taken has been played

    def heard(self, at: float, pcm: Pcm) -> None:
        """Audio was taken at this time: it is played then, or once what was taken before has been."""
        if self.tap is not None:
            start = max(at, self._until)
            self._until = start + to_seconds(pcm.size, self.rate)
            self.tap.heard(start, pcm)


class TakenSegments:
    """Counts what an application takes of segments as heard. Belongs to the running event loop.

    wake: called when audio was heard.
    """

    def __init__(self, tap: Tap | None, rate: int, wake: Callable[[], None]) -> None:
        self._taken = None if tap is None else TakenAudio(tap, rate)
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._clock = clock.wall_clock()

    def count(self, segment: Segment, frames: int) -> None:
        """The application has played this many more frames of a segment; a negative number is none."""
        assert_own_loop(self._loop, "report_heard")
        at = self._clock()
        for pcm in segment.take(frames):
            segment.mark_heard(pcm.size, at, at)
            if self._taken is not None:
                self._taken.heard(at, pcm)
        self._wake()
