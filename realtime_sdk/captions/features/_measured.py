"""What is measured of a sound, frame by frame, while it arrives in pieces. The sound itself is not kept."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...audio._pcm import Pcm, to_seconds

FRAMES_PER_SECOND = 100
"""A frame is 10 ms: shorter than any speech sound, as long as a period of the lowest voice."""

CONTEXT_SECONDS = 10.0
"""Sound before a stretch that helps to tell its voice from its noise."""

LEAST_CONTRAST_DB = 10.0
"""With less than this between loud and quiet frames, no voice stands out from its noise."""

Singles: TypeAlias = npt.NDArray[np.float32]

Stretches: TypeAlias = "list[tuple[int, int]]"
"""First frames, and those behind the last, of stretches in which no voice speaks, in order."""

_EDGE = 100  # frames at either end of such a stretch that count as a pause of the voice
_ROOM = 1024  # frames of a new table


class Measured:
    """A table of frames, and the samples that are not measured yet.

    `values`: how many are measured of a frame. `width`: frames of sound that they are measured over, itself the last.
    """

    def __init__(self, rate: int, values: int, width: float = 1.0) -> None:
        self.frame = max(2, round(rate / FRAMES_PER_SECOND))
        """Samples in a frame."""
        self.step = to_seconds(self.frame, rate)
        """Seconds of one."""
        self._rate = rate
        self.width = round(self.frame * width)
        """Samples that a frame is measured over."""
        self._pending = [np.zeros(self.width - self.frame, np.int16)]  # in order, behind those of frames before
        self._samples = 0  # of them, not yet measured
        self._table = np.empty((values, _ROOM), np.float32)
        self._count = 0  # frames measured

    @property
    def table(self) -> Singles:
        """What is measured, shape (values, frames)."""
        return self._table[:, : self._count]

    @property
    def pending(self) -> float:
        """Seconds of sound that are not measured yet."""
        return to_seconds(self._samples, self._rate)

    @property
    def fresh(self) -> int:
        """Whole frames that are not measured yet."""
        return self._samples // self.frame

    def push(self, pcm: Pcm) -> None:
        """Take the next samples; the array must not change until they are measured."""
        self._pending.append(pcm)
        self._samples += len(pcm)

    def take(self) -> Pcm:
        """The samples that the fresh frames are measured over; what fills no frame stays pending."""
        samples = np.concatenate(self._pending)
        whole = self.fresh * self.frame
        before = len(samples) - self._samples
        self._pending = [samples[whole:].copy()]  # a copy, to let go of the rest
        self._samples -= whole
        return samples[: before + whole]

    def add(self, values: Singles) -> None:
        """Add the values of the frames taken, shape (values, frames)."""
        count = self._count + values.shape[1]
        if count > self._table.shape[1]:
            more = np.empty((len(values), count), np.float32)
            self._table = np.concatenate([self.table, more], axis=1)
        self._table[:, self._count : count] = values
        self._count = count

    def let_go(self) -> None:
        """Drop what is not measured."""
        self._pending, self._samples = self._pending[:1], 0


def context(first: int, behind: int, steady: Stretches) -> npt.NDArray[np.intp]:
    """The frames that tell the voice from its noise between two frames: those, and the ten seconds before them.

    What lies within a stretch without a voice is left out, and made up for by what came before it.
    """
    begin = first - round(CONTEXT_SECONDS * FRAMES_PER_SECOND)
    left_out = []
    for start, end in reversed(steady):
        inner = start + _EDGE, end - _EDGE
        if inner[1] <= begin:
            break
        if inner[0] < min(inner[1], behind):
            left_out.append(np.arange(inner[0], min(inner[1], behind)))
            begin -= max(0, min(inner[1], first) - inner[0])
    frames = np.arange(max(0, begin), behind)
    return np.setdiff1d(frames, np.concatenate(left_out), assume_unique=True) if left_out else frames
