"""Two mono tracks on one timeline: who said what when, as frames of a stereo file.

Pure. A position is a frame of the file, 24 000 a second, counted from the start of the recording.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ..audio import Pcm, to_frames

JITTER_FRAMES = to_frames(0.030)
"""How far sound may lie from the end of the last before it: a device's and a loop's jitter, and no gap."""

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

    def __init__(self) -> None:
        self.end_frames = 0  # where the sound laid so far ends
        self._taken_frames = 0
        self._stretches: deque[_Stretch] = deque()  # what is laid and not taken

    def lay(self, due_frames: int, pcm: Pcm) -> None:
        """Put `pcm` where it belongs: right behind the last sound if that is where it is due, give or take jitter.

        Sound due later has silence before it. Sound due earlier shows that a silence before it was somebody's delay in
        reporting, so that is shortened; where there is none, the part that overlaps is left out.
        """
        late_frames = due_frames - self.end_frames
        silence_frames = late_frames if late_frames > JITTER_FRAMES else 0
        if late_frames < -JITTER_FRAMES:
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

    def _close_up(self, frames: int) -> int:
        """Shorten the silences that are not taken yet by `frames`, the last first; return how many could not be."""
        for stretch in reversed(self._stretches):
            shorter = min(stretch.silence_frames, frames)
            stretch.silence_frames -= shorter
            self.end_frames -= shorter
            frames -= shorter
        return frames


class Stereo:
    """Both tracks; gives the blocks of the file as they become final."""

    def __init__(self) -> None:
        self._tracks = {channel: Track() for channel in Channel}
        self._done_frames = 0  # how much of the file has been handed out

    def lay(self, channel: Channel, due_frames: int, pcm: Pcm) -> Iterator[Pcm]:
        """Place mono sound that was due at `due_frames`, having yielded the blocks, shape (frames, 2), that are final.

        To be iterated to its end: hours of silence are many blocks, of which one is held at a time.
        """
        while due_frames - OPEN_FRAMES >= self._done_frames + BLOCK_FRAMES:
            yield self._take(self._done_frames + BLOCK_FRAMES)
        self._tracks[channel].lay(due_frames, pcm)

    def finish(self) -> Iterator[Pcm]:
        """Yield the rest of the file."""
        end_frames = max(track.end_frames for track in self._tracks.values())
        while self._done_frames < end_frames:
            yield self._take(min(end_frames, self._done_frames + BLOCK_FRAMES))

    def _take(self, until_frames: int) -> Pcm:
        self._done_frames = until_frames
        return np.stack([self._tracks[channel].take(until_frames) for channel in Channel], axis=1)
