"""Features of audio that arrives in pieces, one column for each frame. The audio itself is not kept."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...audio._pcm import Pcm, to_seconds

FRAMES_PER_SECOND = 100
"""A frame is 10 ms: shorter than any speech sound, as long as a period of the lowest voice."""

LEAST_CONTRAST_DB = 10.0
"""With less than this between loud and quiet frames, no voice stands out from its noise."""

Float32s: TypeAlias = npt.NDArray[np.float32]

Kept: TypeAlias = npt.NDArray[np.floating[Any]]
"""Values of a table, which may be kept with a lower precision than they are computed with."""

FrameSpans: TypeAlias = "list[tuple[int, int]]"
"""First frames, and those after the last, of stretches in which no voice speaks, in order."""

# benchmarks/captions.py: "long pauses".
_CONTEXT_SECONDS = 10.0  # before a stretch: audio that shows the levels of voice and noise
_EDGE_FRAMES = 100  # at either end of a stretch without a voice that count as a pause of the voice
_SPARE_FRAMES = 128  # room that a table that grows has at least for more
_PIECE = 2**15  # samples; deltas and blocks are shorter


class GrowingTable:
    """A table to which columns are appended, one for each frame; those of the first frames may be dropped.

    `dtype`: as which floats the values are kept.
    """

    def __init__(self, rows: int, dtype: npt.DTypeLike = np.float32) -> None:
        self.count = 0
        """Frames whose values were appended."""
        self._first = 0  # the first frame that is kept
        self._table: Kept = np.empty((rows, 0), dtype)  # thousands of messages may wait to be measured

    @property
    def values(self) -> Kept:
        """The values of all frames that are kept, shape (rows, frames)."""
        return self.since(self._first)

    def since(self, frame: int) -> Kept:
        """Return the values of the frames from one on that is not dropped, shape (rows, frames)."""
        return self._table[:, frame - self._first : self.count - self._first]

    def append(self, values: Float32s) -> None:
        """Append the values of some frames, shape (rows, frames)."""
        before, kept = self.count - self._first, self.count - self._first + values.shape[1]
        if kept > self._table.shape[1]:
            room = np.empty((len(values), max(kept - before, _SPARE_FRAMES, kept // 4)), self._table.dtype)
            self._table = np.concatenate([self.values, room], axis=1)
        self._table[:, before:kept] = values
        self.count += values.shape[1]

    def drop_before(self, frame: int) -> None:
        """Drop the values of the frames before one, which are not needed any more."""
        if frame == self.count or frame - self._first > self._table.shape[1] // 2:
            self._table = self.since(frame).copy()
            self._first = frame


class FrameTable(GrowingTable):
    """A table of frames, and the samples that are not analysed yet.

    `rows`: values of a frame. `window`: frames of audio over which they are computed, the last of which is the frame
    itself.
    """

    def __init__(self, rate: int, rows: int, window: float = 1.0, dtype: npt.DTypeLike = np.float32) -> None:
        super().__init__(rows, dtype)
        self.frame_length = max(2, round(rate / FRAMES_PER_SECOND))
        """Samples in a frame."""
        self.frame_seconds = to_seconds(self.frame_length, rate)
        """Seconds of one."""
        self.window_length = round(self.frame_length * window)
        """Samples over which the values of a frame are computed."""
        self._pending = [np.zeros(self.window_length - self.frame_length, np.int16)]  # in order, after earlier frames'
        self._samples = 0  # of them, not yet analysed

    @property
    def pending_frames(self) -> int:
        """Whole frames that are not analysed yet."""
        return self._samples // self.frame_length

    def push(self, pcm: Pcm) -> None:
        """Add samples; the array must not change until they are analysed."""
        # In pieces: of what is only begun, the rest is copied.
        for start in range(0, len(pcm), _PIECE):
            self._pending.append(pcm[start : start + _PIECE])
        self._samples += len(pcm)

    def take_pending(self, most: int | None = None) -> Pcm:
        """Remove and return the samples of the windows of pending frames, `most` at most; the rest stays pending."""
        whole = min(self.pending_frames, self.pending_frames if most is None else most) * self.frame_length
        before = self.window_length - self.frame_length
        count, taken = 0, 0  # pieces, and the samples in them
        while taken < before + whole:
            taken += len(self._pending[count])
            count += 1
        samples = np.concatenate(self._pending[:count])
        self._pending[:count] = [samples[whole:].copy()]  # a copy, so that the rest can be freed
        self._samples -= whole
        return samples[: before + whole]

    def drop_pending(self) -> None:
        """Discard the samples that are not analysed."""
        self._pending, self._samples = self._pending[:1], 0


def runs(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Find the stretches of true flags: the first index of each and the one after its last, shape (n, 2)."""
    around = np.zeros(len(flags) + 2, np.bool_)
    around[1:-1] = flags
    return np.flatnonzero(around[1:] != around[:-1]).reshape(-1, 2)


def context_frames(first: int, stop: int, non_speech: FrameSpans) -> npt.NDArray[np.intp]:
    """The frames from `first` to before `stop`, and ten seconds before them: the levels of voice and noise there.

    The inside of a stretch without a voice is left out, and earlier frames make up for it.
    """
    begin = first - round(_CONTEXT_SECONDS * FRAMES_PER_SECOND)
    left_out = []
    for start, end in reversed(non_speech):
        inner = start + _EDGE_FRAMES, end - _EDGE_FRAMES
        if inner[1] <= begin:
            break
        if inner[0] < min(inner[1], stop):
            left_out.append(np.arange(inner[0], min(inner[1], stop)))
            begin -= max(0, min(inner[1], first) - inner[0])
    frames = np.arange(max(0, begin), stop)
    return np.setdiff1d(frames, np.concatenate(left_out), assume_unique=True) if left_out else frames
