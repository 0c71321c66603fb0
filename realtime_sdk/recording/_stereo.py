"""Two mono tracks on one timeline, written as frames of a stereo file.

Pure. A position is counted from the start of the recording: in frames of the file, 24 000 a second, or in those of a
track, which has the rate of its audio.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, joined, to_frames
from ..audio._resampling import Resampling

JITTER_SECONDS = 0.030
"""By how much a block may be due apart from the end of the one before it: jitter of device and loop, not a gap."""

JITTER_FRAMES = to_frames(JITTER_SECONDS)

DRIFT_TOLERANCE = 0.005
"""Seconds by which audio may be off its due place throughout DRIFT_WINDOW: jitter does not last, clocks differ."""

DRIFT_WINDOW = 1.0
"""Seconds of gapless audio after which drift is corrected."""

REORDER_FRAMES = to_frames(2.0)
"""How far the file lags behind the newest audio: the other track may be reported that late."""

WRITE_FRAMES = to_frames(0.5)
"""Frames per write."""


class Channel(IntEnum):
    """A channel of the stereo file."""

    USER = 0
    ASSISTANT = 1


@dataclass(slots=True)
class _Chunk:
    """A block of audio, and the silence before it."""

    silence_frames: int
    pcm: Pcm


class Track:
    """The audio of one channel, in order and without overlaps."""

    def __init__(self, rate: int = WIRE_RATE) -> None:
        self.end_frames = 0  # where the audio placed so far ends
        self._jitter_frames = JITTER_FRAMES * rate // WIRE_RATE
        self._drift_frames = to_frames(DRIFT_TOLERANCE, rate)
        self._window_frames = to_frames(DRIFT_WINDOW, rate)
        self._taken_frames = 0
        self._observed_frames = 0  # placed without a gap since the last correction
        self._least_late_frames = sys.maxsize  # the least lateness of those; negative: early
        self._chunks: deque[_Chunk] = deque()  # placed, and not yet taken

    def place(self, due_frames: int, pcm: Pcm) -> None:
        """Place `pcm`: directly after the audio before it if it is due there, give or take jitter.

        Audio due later gets silence before it. Audio due earlier shows that a silence was a delay in reporting, so
        that silence is shortened; where there is none, the overlapping part is dropped. Drift is corrected in the
        same way.
        """
        late_frames = self._offset(due_frames - self.end_frames, len(pcm))
        silence_frames = max(0, late_frames)
        if late_frames < 0:
            pcm = pcm[self._shorten_silences(-late_frames) :]
        self._chunks.append(_Chunk(silence_frames, pcm))
        self.end_frames += silence_frames + len(pcm)

    def take(self, until_frames: int) -> Pcm:
        """Return the frames since the last call up to `until_frames`, with silence where there is no audio."""
        out = np.zeros(until_frames - self._taken_frames, np.int16)
        filled = 0
        while self._chunks and filled < len(out):
            first = self._chunks[0]
            silence_frames = min(first.silence_frames, len(out) - filled)
            filled += silence_frames
            first.silence_frames -= silence_frames
            part = first.pcm[: len(out) - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            first.pcm = first.pcm[len(part) :]
            if not len(first.pcm):
                self._chunks.popleft()
        self._taken_frames = until_frames
        self.end_frames = max(self.end_frames, until_frames)
        return out

    def peek(self) -> Pcm:
        """Return the frames that were placed and not taken; more may be placed among them."""
        pieces = [(np.zeros(chunk.silence_frames, np.int16), chunk.pcm) for chunk in self._chunks]
        return joined([part for piece in pieces for part in piece])

    def _offset(self, late_frames: int, frames: int) -> int:
        """Return by how many frames a block is late (negative: early); 0 while that may be jitter."""
        self._least_late_frames = min(self._least_late_frames, late_frames)  # audio is reported late, never early
        self._observed_frames += frames
        if abs(late_frames) <= self._jitter_frames:
            if self._observed_frames < self._window_frames:
                return 0
            late_frames = self._least_late_frames if abs(self._least_late_frames) > self._drift_frames else 0
        self._least_late_frames, self._observed_frames = sys.maxsize, 0
        return late_frames

    def _shorten_silences(self, frames: int) -> int:
        """Remove `frames` of the silences not yet taken, from the last backwards; return how many remain to remove."""
        for chunk in reversed(self._chunks):
            shorter = min(chunk.silence_frames, frames)
            chunk.silence_frames -= shorter
            self.end_frames -= shorter
            frames -= shorter
        return frames


class _ResampledTrack:
    """A track, resampled to the rate of the file."""

    def __init__(self, rate: int) -> None:
        self.track = Track(rate)
        self.ready = SILENCE  # resampled, and not yet in the file
        self._rate = rate
        self._resampling = Resampling(rate, WIRE_RATE)

    @property
    def end_frames(self) -> int:
        """The frame of the file at which its audio ends."""
        return self.in_file(self.track.end_frames)

    def in_file(self, frames: int) -> int:
        """Convert a frame of the track into a frame of the file."""
        return frames * WIRE_RATE // self._rate

    def advance(self, until_frames: int) -> None:
        """Resample the track up to a frame of the file; the resampler holds some of it back."""
        pcm = self.track.take(until_frames * self._rate // WIRE_RATE)
        self.ready = np.concatenate([self.ready, self._resampling.push(pcm)])

    def preview(self) -> Pcm:
        """Return the frames that `take` has yet to return, as they stand: others may still be placed among them."""
        resampling = Resampling(self._rate, WIRE_RATE)
        return joined([self.ready, resampling.push(self.track.peek()), resampling.end()])

    def end(self, frames: int) -> None:
        """Flush the resampler and pad or cut the rest to `frames`."""
        pcm = np.concatenate([self.ready, self._resampling.end()])[:frames]
        self.ready = np.pad(pcm, (0, frames - len(pcm)))

    def take(self, frames: int) -> Pcm:
        """Return the next `frames` of the ready audio."""
        pcm, self.ready = self.ready[:frames], self.ready[frames:]
        return pcm


class StereoMixer:
    """Both tracks; yields the blocks of the file as they become final.

    rates: each track's sample rate in Hz; None: that of the file.
    """

    def __init__(self, rates: Mapping[Channel, int] | None = None) -> None:
        self._tracks = [_ResampledTrack(WIRE_RATE if rates is None else rates[channel]) for channel in Channel]
        self._final_frames = 0  # of the file: nothing before it changes any more
        self._given_frames = 0  # of the file: returned so far

    def place(self, channel: Channel, due_frames: int, pcm: Pcm) -> Iterator[Pcm]:
        """Yield the blocks that become final, each of shape (frames, 2), then place audio due at a frame of its track.

        Iterate it to its end. Hours of silence are many blocks; one of them is in memory at a time.
        """
        side = self._tracks[channel]
        while side.in_file(due_frames) - REORDER_FRAMES >= self._final_frames + WRITE_FRAMES:
            yield self._advance(self._final_frames + WRITE_FRAMES)
        side.track.place(due_frames, pcm)

    @property
    def end_frames(self) -> int:
        """The frame of the file at which the audio placed so far ends."""
        return max(side.end_frames for side in self._tracks)

    def preview(self) -> Pcm:
        """Return what follows the blocks yielded so far, shape (frames, 2), as it stands: it may change."""
        sides = [side.preview() for side in self._tracks]
        frames = max(map(len, sides))
        return np.stack([np.pad(side, (0, frames - len(side))) for side in sides], axis=1)

    def finish(self) -> Iterator[Pcm]:
        """Yield the rest of the file."""
        end_frames = self.end_frames
        while self._final_frames < end_frames:
            yield self._advance(min(end_frames, self._final_frames + WRITE_FRAMES))
        rest_frames = self._final_frames - self._given_frames
        for side in self._tracks:
            side.end(rest_frames)
        yield self._take(rest_frames)

    def _advance(self, until_frames: int) -> Pcm:
        self._final_frames = until_frames
        for side in self._tracks:
            side.advance(until_frames)
        return self._take(min(len(side.ready) for side in self._tracks))

    def _take(self, frames: int) -> Pcm:
        self._given_frames += frames
        return np.stack([side.take(frames) for side in self._tracks], axis=1)
