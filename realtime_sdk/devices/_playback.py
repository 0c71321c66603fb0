"""Plays on a mixer, and counts what is heard: the synchronous part of a `Speaker`."""

from __future__ import annotations

import enum
from collections import deque

import numpy as np
import numpy.typing as npt

from ..audio._pcm import Pcm, Samples, to_frames, to_samples
from ._heartbeat import Heartbeat
from ._mixer import Mixer
from ._run import Run
from ._samples import FADE, falling, power_of_two, rising

AHEAD = 1.3
"""Seconds that are taken ahead, at least: so long may the event loop be blocked and not be missed."""

MARGIN = 0.01
"""Seconds that the callback may take while a cut is being made: the block that is due."""


class _State(enum.Enum):
    PLAYING = "playing"
    PAUSED = "paused"


class Playback:
    """What is written is played without a gap, as one run after another on the mixer.

    A run ends when its ring is empty, or where it is cut; a cut is made in the ring itself, ahead of the callback, so
    that it is exact to the frame however late or early the callback comes. A new run waits until the one before it has
    ended: every method looks. Frames are the device's, at the rate it was opened with. All methods belong to one
    thread, and raise `DeviceError` once the device has stopped.
    """

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._rate = mixer.format.rate
        self._heartbeat = Heartbeat(mixer)
        self._state = _State.PLAYING
        self._written = 0  # frames in all, without those that were dropped
        self._faded = 0  # the frame behind the last fade: those before it stay as they are
        self._runs: deque[Run] = deque()  # those that are still to be heard, and the last one
        self._played = 0  # what `played` said last
        self._renew_ring()

    def room(self) -> int:
        """Frames that `write` would take now."""
        self._attend()
        return self._ring.write_available

    def write(self, pcm: Pcm) -> int:
        """Queue frames right behind the last ones; return how many were taken."""
        return self.write_samples(to_samples(pcm[: self._ring.write_available]))

    def write_samples(self, samples: Samples, again: int = 0) -> int:
        """Queue samples right behind the last ones; return how many were taken.

        again: how many of them take the place of the last ones written, as far as the device has not come to those.
        """
        self._rewrite(samples[:again])
        taken = self._ring.write(self._mixer.on_all_channels(samples[again:]))
        self._written += taken
        self._attend()
        return taken

    def played(self) -> int:
        """Frames that have left the converter."""
        self._attend()
        while len(self._runs) > 1 and self._runs[0].is_over:
            self._runs.popleft()
        if self._runs:
            self._played = max(self._played, self._runs[0].heard())
        return self._played

    def flush(self) -> int:
        """Fade out as soon as can be, drop the rest and return the frames heard in all."""
        self._attend()
        self._written = self._faded = self._cut()
        self._renew_ring()
        return self._written

    def pause(self) -> None:
        """Fade out as soon as can be, and hold what comes behind."""
        self._attend()
        self._cut()
        self._state = _State.PAUSED

    def resume(self) -> None:
        """Go on with the frame behind the last one heard, faded in."""
        self._state = _State.PLAYING
        self._attend()

    def _attend(self) -> None:
        """Start a run if one is due."""
        self._mixer.check()
        self._heartbeat.check()
        if self._state is _State.PLAYING and self._ring.read_available and (not self._runs or self._runs[-1].ended):
            self._runs.append(Run(self._mixer, self._ring, self._taken))

    @property
    def _taken(self) -> int:
        """The frame behind the last one that the device took."""
        return self._written - self._ring.read_available

    def _renew_ring(self) -> None:
        self._memory = self._mixer.silence(power_of_two(AHEAD * self._rate))
        self._ring = self._mixer.ring(self._memory)
        self._first = self._written  # the number of the ring's first frame

    def _rewrite(self, samples: Samples) -> None:
        """Change the last frames written, as far as the callback can't have come to them."""
        first = self._written - len(samples)
        start = max(first, self._faded, self._taken + to_frames(MARGIN, self._rate))
        if start < self._written:
            self._memory[self._places(start, self._written)] = self._mixer.on_all_channels(samples[start - first :])

    def _cut(self) -> int:
        """End the sound as soon as can be, if there is any; return the frame behind its last one."""
        if not self._runs or self._runs[-1].ended:
            return self._taken
        run = self._runs[-1]
        return self._cut_run(run) if run.end is None else run.end

    def _cut_run(self, run: Run) -> int:
        margin, fade = to_frames(MARGIN, self._rate), to_frames(FADE, self._rate)
        while not run.ended:
            ours = min(run.taken + margin, self._written)
            end = min(ours + fade, self._written)
            run.cut(end)
            self._faded = min(end + fade, self._written)
            ending, rest = self._places(ours, end), self._places(end, self._faded)
            fall = self._mixer.on_all_channels(falling(len(ending)))
            rise = self._mixer.on_all_channels(rising(len(rest)))
            # This thread may be held up at any line: if the callback has come too far meanwhile, the cut is made anew.
            if run.taken <= ours:
                self._memory[ending] *= fall
                self._memory[rest] *= rise
                return end
        return self._taken

    def _places(self, start: int, end: int) -> npt.NDArray[np.intp]:
        """Where the frames from `start` to `end` lie in the ring's memory."""
        return np.arange(start - self._first, end - self._first) % len(self._memory)
