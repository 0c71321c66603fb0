"""Pairs the rendered audio with the audio captured at the same moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...audio._pcm import Pcm, to_frames, to_seconds
from ...audio._resampling import FILTER_REACH_SECONDS, Resampling
from ._blocks import block_frames

# benchmarks/echo_rig.py holds the numbers of this module: real devices, whose times are off.

REFERENCE_LEAD_SECONDS: Final = 0.01
"""Seconds by which the rendered audio is given early, so that an echo never comes before it when the devices' times
are off by as much. It delays the captured audio by as much, too."""

SILENCE_GAP_SECONDS: Final = 0.01
"""Seconds of silence between two rendered spans from which it is one: less is jitter of their times."""

TIME_JITTER_SECONDS: Final = 0.02
"""Seconds by which the time of a captured block may be off: it is as late as its reader."""

JUMP_CONFIRMATION_SECONDS: Final = 0.5
"""Seconds of captured audio whose times must all be off by more than that, in the same direction, to be a jump: blocks
that come late because the event loop was blocked are none."""

MAX_RENDERED_SPANS: Final = 10_000
"""Rendered spans kept while nothing is captured: minutes of audio."""

_MAX_CLOCK_DRIFT: Final = 1e-4
"""Seconds per second by which the captured frames' times are moved at most while blocks are late: the crystals of a
sound card and a computer may differ by as much."""


@dataclass(frozen=True, slots=True)
class FramePair:
    """20 ms of both sides.

    at: wall-clock seconds of the first captured frame. captured, rendered: int16 of shape (rate // 50,).
    jumped: audio was lost before this pair, or its times were corrected: reset the canceller first.
    """

    at: float
    captured: Pcm
    rendered: Pcm
    jumped: bool


class Reference:
    """Pairs two streams of audio by their times.

    Report all audio `rendered` up to the end of a captured block before that block. Frames are counted within a stream,
    so that the distance of the two is constant to the sample while audio goes on; times place audio only where a stream
    begins, or after a jump. Nothing is ever stretched. A device that was opened again needs a new `Reference`.

    rate, rendered_rate: sample rates in Hz of the captured and of the rendered audio. Pairs have the captured rate.
    """

    def __init__(self, rate: int, rendered_rate: int) -> None:
        self._rate = rate
        self._resampling = Resampling(rendered_rate, rate)
        held_back = 0.0 if rate == rendered_rate else FILTER_REACH_SECONDS
        self._max_missing = to_frames(SILENCE_GAP_SECONDS + held_back, rate)
        self._block = block_frames(rate)
        self._lead = to_frames(REFERENCE_LEAD_SECONDS, rate)
        self._clock = _Clock(rate)
        # Captured, not yet paired. It begins with silence as long as the lead: what waits for its lead is no more then.
        self._waiting: Pcm = np.zeros(self._lead, np.int16)
        self._next = -self._lead  # number of its first frame
        self._jumped = False  # since the last pair
        self._rendered: deque[tuple[int, Pcm]] = deque(maxlen=MAX_RENDERED_SPANS)  # with the captured frame of each
        self._rendered_until = 0  # captured frame after the last span

    def rendered(self, at: float, pcm: Pcm) -> None:
        """Take frames that left the converter, the first of them at wall-clock time `at`; spans come in order."""
        if not self._clock.runs:
            return
        start = self._clock.frame_at(at)
        offset = start - self._rendered_until - self._resampling.held_back
        if abs(offset) > to_frames(SILENCE_GAP_SECONDS, self._rate):
            self._append(self._resampling.end())
            if offset < 0:
                self._discard_from(start)
                self._jumped = self._jumped or offset < -to_frames(TIME_JITTER_SECONDS, self._rate)
            self._rendered_until = start
        self._append(self._resampling.push(pcm))

    def captured(self, at: float, pcm: Pcm) -> list[FramePair]:
        """Take a block captured from wall-clock time `at` on; return the pairs that are complete."""
        if not pcm.size:
            return []
        if self._clock.count(at, pcm.size):
            self._jumped = True
            self._waiting = np.zeros(self._lead, np.int16)
            self._next = self._clock.frames - pcm.size - self._lead
        self._waiting = np.concatenate([self._waiting, pcm])
        pairs = []
        while self._waiting.size >= self._block + self._lead and self._is_reported():
            pairs.append(self._take())
        return pairs

    def _is_reported(self) -> bool:
        """Whether all that was rendered beside the next block has been reported.

        Audio that goes on may lie a `SILENCE_GAP_SECONDS` earlier than its times say, so that a little of it is still
        to come, and the resampler holds some back. If it does not come in time, the audio is over.
        """
        missing = self._next + self._lead + self._block - self._rendered_until
        if not 0 < missing <= self._max_missing:
            return True
        is_over = self._waiting.size >= self._block + self._lead + self._max_missing
        if is_over:
            self._append(self._resampling.end())
        return is_over

    def _append(self, pcm: Pcm) -> None:
        self._rendered.append((self._rendered_until, pcm))
        self._rendered_until += pcm.size

    def _discard_from(self, start: int) -> None:
        """Drop the audio placed at captured frame `start` and later: it was not there."""
        while self._rendered and self._rendered[-1][0] >= start:
            self._rendered.pop()
        if self._rendered:
            begin, pcm = self._rendered[-1]
            self._rendered[-1] = begin, pcm[: start - begin]

    def _take(self) -> FramePair:
        block, self._waiting = self._waiting[: self._block], self._waiting[self._block :]
        rendered = self._rendered_at(self._next + self._lead)
        pair = FramePair(self._clock.time_of(self._next), block, rendered, self._jumped)
        self._next += self._block
        self._jumped = False
        return pair

    def _rendered_at(self, start: int) -> Pcm:
        """The 20 ms that were rendered from captured frame `start` on, silence where nothing was."""
        rendered = np.zeros(self._block, np.int16)
        end = start + self._block
        while self._rendered and self._rendered[0][0] + self._rendered[0][1].size <= start:
            self._rendered.popleft()
        for begin, pcm in self._rendered:
            if begin >= end:
                break
            first, last = max(begin, start), min(begin + pcm.size, end)
            rendered[first - start : last - start] = pcm[first - begin : last - begin]
        return rendered


class _Clock:
    """Numbers captured frames, lost ones included, and converts between numbers and times."""

    def __init__(self, rate: int) -> None:
        self.runs = False  # a block was counted
        self.frames = 0  # number of the next frame
        self._rate = rate
        self._origin = 0.0  # wall-clock time of frame 0
        self._off_seconds = 0.0  # of audio in a row whose times were off; negative: they were early
        self._smallest_offset = 0.0  # of their times, in seconds

    def count(self, at: float, frames: int) -> int:
        """Count a block; return the frames by which the numbering jumped before it."""
        duration = to_seconds(frames, self._rate)
        if not self.runs:
            self.runs, self._origin = True, at
        offset = at - self.time_of(self.frames)
        jump = 0
        if self._is_jump(offset, duration):
            jump = to_frames(self._smallest_offset, self._rate)
            self._off_seconds = 0.0
        elif abs(offset) <= TIME_JITTER_SECONDS:
            # A block is read late, and never before it was captured: the earliest blocks have the right time.
            self._origin += min(offset, duration * _MAX_CLOCK_DRIFT)
        self.frames += jump + frames
        return jump

    def frame_at(self, at: float) -> int:
        """Return the number of the frame captured at wall-clock time `at`."""
        return to_frames(at - self._origin, self._rate)

    def time_of(self, frame: int) -> float:
        """Return the wall-clock time at which a frame was captured."""
        return self._origin + to_seconds(frame, self._rate)

    def _is_jump(self, offset: float, duration: float) -> bool:
        """Whether times have been off in the same direction for too long to be jitter."""
        if abs(offset) <= TIME_JITTER_SECONDS:
            self._off_seconds = 0.0
            return False
        if self._off_seconds and (offset > 0) == (self._off_seconds > 0):
            self._off_seconds += duration if offset > 0 else -duration
            self._smallest_offset = min(self._smallest_offset, offset, key=abs)
        else:
            self._off_seconds, self._smallest_offset = (duration if offset > 0 else -duration), offset
        return abs(self._off_seconds) >= JUMP_CONFIRMATION_SECONDS
