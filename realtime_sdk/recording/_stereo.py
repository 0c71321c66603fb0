"""Two mono tracks on one timeline: who said what when, as frames of a stereo file.

Pure. A position is counted from the start of the recording: in frames of the file, 24 000 a second, or in those of a
track, which runs at the rate of its sound.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, to_frames
from ..audio._resampling import Resampling

JITTER_FRAMES = to_frames(0.030)
"""How far sound may lie from the end of the last before it: a device's and a loop's jitter, and no gap."""

DRIFT = 0.005
"""Seconds that sound may lie apart from where it is due for as long as WATCH: jitter does not last, crystals differ."""

WATCH = 1.0
"""Seconds of sound without a gap after which it is asked whether it has drifted."""

OPEN_FRAMES = to_frames(2.0)
"""How far behind the newest sound the file stays open: the other track's sound may be reported that late."""

BLOCK_FRAMES = to_frames(0.5)
"""What is written at once."""


class Channel(IntEnum):
    """A side of the stereo file."""

    USER = 0
    ASSISTANT = 1


@dataclass(slots=True)
class _Stretch:
    """Sound, and the silence before it."""

    silence_frames: int
    pcm: Pcm


class Track:
    """The sound of one channel, in order and without overlaps."""

    def __init__(self, rate: int = WIRE_RATE) -> None:
        self.end_frames = 0  # where the sound laid so far ends
        self._jitter_frames = JITTER_FRAMES * rate // WIRE_RATE
        self._drift_frames = to_frames(DRIFT, rate)
        self._watch_frames = to_frames(WATCH, rate)
        self._taken_frames = 0
        self._watched_frames = 0  # laid without a gap since it was last asked whether it has drifted
        self._least_frames = sys.maxsize  # by which any of that was late; below 0 early
        self._stretches: deque[_Stretch] = deque()  # what is laid and not taken

    def lay(self, due_frames: int, pcm: Pcm) -> None:
        """Put `pcm` where it belongs: right behind the last sound if that is where it is due, give or take jitter.

        Sound due later has silence before it. Sound due earlier shows that a silence before it was somebody's delay in
        reporting, so that is shortened; where there is none, the part that overlaps is left out. Sound that has drifted
        away from where it is due is put right in the same way.
        """
        late_frames = self._apart(due_frames - self.end_frames, len(pcm))
        silence_frames = max(0, late_frames)
        if late_frames < 0:
            pcm = pcm[self._close_up(-late_frames) :]
        self._stretches.append(_Stretch(silence_frames, pcm))
        self.end_frames += silence_frames + len(pcm)

    def take(self, until_frames: int) -> Pcm:
        """Hand out the frames from where the last call ended up to `until_frames`, with silence where nothing lies."""
        out = np.zeros(until_frames - self._taken_frames, np.int16)
        filled = 0
        while self._stretches and filled < len(out):
            first = self._stretches[0]
            silence_frames = min(first.silence_frames, len(out) - filled)
            filled += silence_frames
            first.silence_frames -= silence_frames
            part = first.pcm[: len(out) - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            first.pcm = first.pcm[len(part) :]
            if not len(first.pcm):
                self._stretches.popleft()
        self._taken_frames = until_frames
        self.end_frames = max(self.end_frames, until_frames)
        return out

    def _apart(self, late_frames: int, frames: int) -> int:
        """By how much a piece of so many frames is late, below 0 early; what can be jitter is nothing."""
        self._least_frames = min(self._least_frames, late_frames)  # sound is told late, and never early
        self._watched_frames += frames
        if abs(late_frames) <= self._jitter_frames:
            if self._watched_frames < self._watch_frames:
                return 0
            late_frames = self._least_frames if abs(self._least_frames) > self._drift_frames else 0
        self._least_frames, self._watched_frames = sys.maxsize, 0
        return late_frames

    def _close_up(self, frames: int) -> int:
        """Shorten the silences that are not taken yet by `frames`, the last first; return how many could not be."""
        for stretch in reversed(self._stretches):
            shorter = min(stretch.silence_frames, frames)
            stretch.silence_frames -= shorter
            self.end_frames -= shorter
            frames -= shorter
        return frames


class _Side:
    """A track, brought to the rate of the file."""

    def __init__(self, rate: int) -> None:
        self.track = Track(rate)
        self.ready = SILENCE  # what of it, at the rate of the file, is not in the file
        self._rate = rate
        self._resampling = Resampling(rate, WIRE_RATE)

    @property
    def end_frames(self) -> int:
        """Where its sound ends in the file."""
        return self.in_file(self.track.end_frames)

    def in_file(self, frames: int) -> int:
        """The frame of the file that belongs to a frame of the track."""
        return frames * WIRE_RATE // self._rate

    def advance(self, until_frames: int) -> None:
        """Make ready what lies before a frame of the file, as far as the resampling gives it away."""
        pcm = self.track.take(until_frames * self._rate // WIRE_RATE)
        self.ready = np.concatenate([self.ready, self._resampling.push(pcm)])

    def end(self, frames: int) -> None:
        """Make so many frames ready, the last ones there are."""
        pcm = np.concatenate([self.ready, self._resampling.end()])[:frames]
        self.ready = np.pad(pcm, (0, frames - len(pcm)))

    def take(self, frames: int) -> Pcm:
        """Hand out so many frames of what is ready."""
        pcm, self.ready = self.ready[:frames], self.ready[frames:]
        return pcm


class Stereo:
    """Both tracks; gives the blocks of the file as they become final.

    rates: frames per second of each side's sound; left out, both have that of the file.
    """

    def __init__(self, rates: Mapping[Channel, int] | None = None) -> None:
        self._sides = [_Side(WIRE_RATE if rates is None else rates[channel]) for channel in Channel]
        self._final_frames = 0  # how much of the file is decided
        self._given_frames = 0  # how much of it has been handed out

    def lay(self, channel: Channel, due_frames: int, pcm: Pcm) -> Iterator[Pcm]:
        """Place sound due at a frame of its track, having yielded the blocks, shape (frames, 2), that are final.

        To be iterated to its end: hours of silence are many blocks, of which one is held at a time.
        """
        side = self._sides[channel]
        while side.in_file(due_frames) - OPEN_FRAMES >= self._final_frames + BLOCK_FRAMES:
            yield self._advance(self._final_frames + BLOCK_FRAMES)
        side.track.lay(due_frames, pcm)

    def finish(self) -> Iterator[Pcm]:
        """Yield the rest of the file."""
        end_frames = max(side.end_frames for side in self._sides)
        while self._final_frames < end_frames:
            yield self._advance(min(end_frames, self._final_frames + BLOCK_FRAMES))
        rest_frames = self._final_frames - self._given_frames
        for side in self._sides:
            side.end(rest_frames)
        yield self._take(rest_frames)

    def _advance(self, until_frames: int) -> Pcm:
        self._final_frames = until_frames
        for side in self._sides:
            side.advance(until_frames)
        return self._take(min(len(side.ready) for side in self._sides))

    def _take(self, frames: int) -> Pcm:
        self._given_frames += frames
        return np.stack([side.take(frames) for side in self._sides], axis=1)
