"""The output device of a line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from .._runtime import clock
from ..audio._pcm import Pcm, to_frames
from ..audio._resampling import FILTER_REACH_SECONDS
from ..devices._resampled import ResampledPlayback
from ..errors import DeviceError
from ._playback import LinePlayback

LEAVING_SECONDS: Final = 1.0
"""Seconds after the end of a line before its speaker counts as lost: a session that is left meanwhile reports none."""


class LineSpeaker:
    """An `OutputDevice` whose audio is played on the far side of a line; `MediaStreamLine.speaker` is one.

    `played()` is what the far side has acknowledged, and moves by as much as a mark or a report of it does. What it
    played between the last acknowledgement and the arrival of a `clear` is not counted: it is heard once more after a
    pause of a gateway that can't pause, and a truncation leaves it out.
    """

    def __init__(self, new_playback: Callable[[int], LinePlayback], rate: int) -> None:
        self._new_playback = new_playback  # called with the frames to hold back
        self._line_rate = rate
        self._playback: LinePlayback | None = None  # the last one; None before the first `open`
        self._output: LinePlayback | ResampledPlayback | None = None  # the same at the rate of `open`; None unless open
        self._end = ""  # why the line has ended
        self._lost_at = math.inf  # loop time from which on every method says so

    async def open(self, rate: int) -> None:
        """Count from 0."""
        await self.close()
        self._check_line()
        if rate == self._line_rate:
            self._output = self._playback = self._new_playback(0)
        else:
            self._playback = self._new_playback(to_frames(FILTER_REACH_SECONDS, self._line_rate))
            self._output = ResampledPlayback(self._playback, rate, self._line_rate)

    async def close(self) -> None:
        """Clear the far side."""
        if self._playback is not None:
            self._playback.flush()
            self._playback.resume()  # so that the next one to play is not held
        self._output = None

    def room(self) -> int:
        """Frames that `write` would take now."""
        return self._opened().room()

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken."""
        return self._opened().write(pcm)

    def played(self) -> int:
        """Frames that the far side has acknowledged."""
        return self._opened().played()

    def flush(self) -> int:
        """Clear the far side, drop the rest and return the frames acknowledged in all."""
        return self._opened().flush()

    def pause(self) -> None:
        """Hold the far side, or clear it."""
        self._opened().pause()

    def resume(self) -> None:
        """Go on with the first frame that was not acknowledged."""
        self._opened().resume()

    def mark_reached(self, name: str) -> bool:
        """A mark came back; return whether it was pending."""
        return self._playback is not None and self._playback.mark_reached(name)

    def frames_played(self, clear: int, frames: int) -> bool:
        """A number was reported; return whether it can be."""
        return self._playback is None or self._playback.frames_played(clear, frames)

    def end(self, reason: str) -> None:
        """The line has ended: nothing more is heard, and the device is lost once the application had time to leave."""
        self._end = reason
        self._lost_at = clock.now() + LEAVING_SECONDS
        if self._playback is not None:
            self._playback.end()

    def _opened(self) -> LinePlayback | ResampledPlayback:
        self._check_line()
        if self._output is None:
            raise DeviceError("the speaker of the line is not open: call open() first")
        return self._output

    def _check_line(self) -> None:
        if clock.now() >= self._lost_at:
            raise DeviceError(f"the line has ended: {self._end}")
