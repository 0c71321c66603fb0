"""Puts what was heard beside what the microphone captured at the same moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...audio._pcm import SILENCE, Pcm, to_frames, to_seconds
from ...audio._resampling import REACH, Resampling
from ._canceller import FRAME

LEAD: Final = 0.01
"""Seconds by which the rendered sound is given early, so that an echo never comes before it when the devices' times
are off by as much. It delays what is captured by one frame."""

GAP: Final = 0.01
"""Seconds of silence between two rendered spans from which it is one: less is wobble of their times."""

WOBBLE: Final = 0.02
"""Seconds by which the time of a captured block may be off: it is as late as whoever read it."""

PATIENCE: Final = 0.5
"""Seconds of captured sound whose times must all be off by more than that, the same way, before they are believed:
blocks that come late because the event loop was busy are not a jump."""

MEMORY: Final = 10_000
"""Rendered spans kept while nothing is captured: minutes of sound."""

_CREEP: Final = 1e-4
"""Seconds a second by which the captured frames' times are put off at most while blocks are late: as much as the
crystals of a sound card and a computer may differ."""


@dataclass(frozen=True, slots=True)
class FramePair:
    """10 ms of both sides.

    at: wall-clock seconds of the first captured frame. captured, rendered: int16 of shape (rate // 100,).
    jumped: sound was lost before this pair, or the times turned out to be others: reset the canceller first.
    """

    at: float
    captured: Pcm
    rendered: Pcm
    jumped: bool


class Reference:
    """Pairs two streams of sound by their times.

    Tell what was `heard` up to the end of a captured block before that block. Frames are counted within a stream, so
    that the two keep their distance to the sample while sound goes on; times place sound only where it begins anew, or
    when they insist. Nothing is ever stretched. A device that was opened anew needs a new `Reference`.

    rate, rendered_rate: of what is captured, and of what is heard. It is paired at the captured rate.
    """

    def __init__(self, rate: int, rendered_rate: int) -> None:
        self._rate = rate
        self._resampling = Resampling(rendered_rate, rate)
        self._patience = to_frames(GAP if rate == rendered_rate else GAP + REACH, rate)
        self._frame = to_frames(FRAME, rate)
        self._lead = to_frames(LEAD, rate)
        self._clock = _Clock(rate)
        self._waiting = SILENCE  # captured, not yet given
        self._next = 0  # number of its first frame
        self._jumped = False  # since the last pair
        self._rendered: deque[tuple[int, Pcm]] = deque(maxlen=MEMORY)  # with the captured frame each began at
        self._rendered_until = 0  # captured frame behind the last span

    def heard(self, at: float, pcm: Pcm) -> None:
        """Take frames that left the converter, the first of them at wall-clock time `at`; spans come in order."""
        if not self._clock.runs:
            return
        start = self._clock.frame_at(at)
        off = start - self._rendered_until - self._resampling.held
        if abs(off) > to_frames(GAP, self._rate):
            self._render(self._resampling.end())
            if off < 0:
                self._withdraw(start)
                self._jumped = self._jumped or off < -to_frames(WOBBLE, self._rate)
            self._rendered_until = start
        self._render(self._resampling.push(pcm))

    def captured(self, at: float, pcm: Pcm) -> list[FramePair]:
        """Take a captured block whose first frame is of wall-clock time `at`; return the pairs that are complete."""
        if not pcm.size:
            return []
        if self._clock.count(at, pcm.size):
            self._jumped = True
            self._waiting = SILENCE
            self._next = self._clock.frames - pcm.size
        self._waiting = np.concatenate([self._waiting, pcm])
        pairs = []
        while self._waiting.size >= self._frame + self._lead and self._is_told():
            pairs.append(self._take())
        return pairs

    def _is_told(self) -> bool:
        """Whether what was rendered beside the next frame has been told.

        Sound that goes on may lie a `GAP` earlier than its times say, so that a little of it is still to come, and at
        another rate `REACH` seconds of it are held back. What does not come in time is not to come: the sound is over.
        """
        missing = self._next + self._lead + self._frame - self._rendered_until
        if not 0 < missing <= self._patience:
            return True
        is_over = self._waiting.size >= self._frame + self._lead + self._patience
        if is_over:
            self._render(self._resampling.end())
        return is_over

    def _render(self, pcm: Pcm) -> None:
        self._rendered.append((self._rendered_until, pcm))
        self._rendered_until += pcm.size

    def _withdraw(self, start: int) -> None:
        """Drop what was placed at captured frame `start` and later: it was not there."""
        while self._rendered and self._rendered[-1][0] >= start:
            self._rendered.pop()
        if self._rendered:
            begin, pcm = self._rendered[-1]
            self._rendered[-1] = begin, pcm[: start - begin]

    def _take(self) -> FramePair:
        frame, self._waiting = self._waiting[: self._frame], self._waiting[self._frame :]
        pair = FramePair(self._clock.time_of(self._next), frame, self._around(self._next + self._lead), self._jumped)
        self._next += self._frame
        self._jumped = False
        return pair

    def _around(self, start: int) -> Pcm:
        """What was rendered in the 10 ms from captured frame `start` on, silence where nothing was."""
        rendered = np.zeros(self._frame, np.int16)
        end = start + self._frame
        while self._rendered and self._rendered[0][0] + self._rendered[0][1].size <= start:
            self._rendered.popleft()
        for begin, pcm in self._rendered:
            if begin >= end:
                break
            first, last = max(begin, start), min(begin + pcm.size, end)
            rendered[first - start : last - start] = pcm[first - begin : last - begin]
        return rendered


class _Clock:
    """Numbers captured frames, lost ones included, and tells the time of each."""

    def __init__(self, rate: int) -> None:
        self.runs = False  # a block was counted
        self.frames = 0  # number of the next frame
        self._rate = rate
        self._origin = 0.0  # wall-clock time of frame 0
        self._off_for = 0.0  # seconds of sound whose times were all off; negative: they were early
        self._off_least = 0.0  # by how much, at least

    def count(self, at: float, frames: int) -> int:
        """Count a block; return the frames by which the numbering jumped before it."""
        duration = to_seconds(frames, self._rate)
        if not self.runs:
            self.runs, self._origin = True, at
        off = at - self.time_of(self.frames)
        jump = 0
        if self._insists(off, duration):
            jump = to_frames(self._off_least, self._rate)
            self._off_for = 0.0
        elif abs(off) <= WOBBLE:
            # A block is read late, and never before it was captured: the earliest ones tell the time.
            self._origin += min(off, duration * _CREEP)
        self.frames += jump + frames
        return jump

    def frame_at(self, at: float) -> int:
        """Give the number of the frame captured at wall-clock time `at`."""
        return to_frames(at - self._origin, self._rate)

    def time_of(self, frame: int) -> float:
        """Give the wall-clock time at which a frame was captured."""
        return self._origin + to_seconds(frame, self._rate)

    def _insists(self, off: float, duration: float) -> bool:
        """Whether times have been off the same way for so long that it is no wobble."""
        if abs(off) <= WOBBLE:
            self._off_for = 0.0
            return False
        if self._off_for and (off > 0) == (self._off_for > 0):
            self._off_for += duration if off > 0 else -duration
            self._off_least = min(self._off_least, off, key=abs)
        else:
            self._off_for, self._off_least = (duration if off > 0 else -duration), off
        return abs(self._off_for) >= PATIENCE
