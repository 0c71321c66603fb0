"""The frames of a window that are speech: the time axis along which words are aligned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ._energy import Floats, Regions

_SMALL_DIFFERENCE_SECONDS = 0.3

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SpeechFrames:
    """The speech regions of a window, whose frames are numbered as if no pause lay between them."""

    regions: Regions
    frame_seconds: float
    end: float  # seconds up to which audio is known
    complete: bool  # no more audio follows
    times: Floats = field(init=False)  # seconds at which each frame begins, shape (f,)
    offsets: Frames = field(init=False)  # frames before each region and after the last, shape (regions+1,)

    def __post_init__(self) -> None:
        half = self.frame_seconds / 2
        edges = np.round(self.regions / half).astype(np.intp)
        frames = [np.arange(begin, end, 2) for begin, end in edges]
        object.__setattr__(self, "times", np.concatenate(frames or [np.empty(0)]) * half)
        object.__setattr__(self, "offsets", np.append(0, np.cumsum((edges[:, 1] - edges[:, 0] + 1) // 2)))

    @property
    def gaps(self) -> Floats:
        """Seconds of the pauses between the regions, shape (regions-1,)."""
        return self.regions[1:, 0] - self.regions[:-1, 1]

    @property
    def trailing_silence(self) -> float:
        """Seconds without speech before `end`."""
        return self.end - float(self.regions[-1, 1])

    def count_syllables(self, boundaries: Floats) -> int:
        """Count the syllables, given the seconds of the boundaries between them: each region has at least one."""
        inside = np.searchsorted(self.regions[:, 0], boundaries, side="left") - 1
        return len(self.regions) + int(np.sum((inside >= 0) & (boundaries < self.regions[inside, 1])))

    def onset_times(self, frames: Frames) -> Floats:
        """Seconds at which an onset lies that this many frames precede; at a pause: its end."""
        return self.times[np.minimum(frames, len(self.times) - 1)]

    def offset_times(self, frames: Frames) -> Floats:
        """Seconds at which a sound ends after this many frames; at a pause: its beginning."""
        return self.times[np.maximum(frames - 1, 0)] + np.where(frames > 0, self.frame_seconds, 0.0)


def steadied(regions: Regions, before: Regions, until: float, frame_seconds: float) -> Regions:
    """Return regions that are, up to `until` seconds, those found before, where the difference is small.

    The thresholds follow the levels of the audio, so that edges move a little as more arrives.
    """
    if not len(before) or not len(regions):
        return regions
    first = min(regions[0, 0], before[0, 0])
    count = round((max(regions[-1, 1], before[-1, 1]) - first) / frame_seconds) + 1
    new, old = (_covered(spans - first, frame_seconds, count) for spans in (regions, before))
    stop = max(0, round((until - first) / frame_seconds))
    if np.count_nonzero(new[:stop] != old[:stop]) * frame_seconds > _SMALL_DIFFERENCE_SECONDS:
        return regions
    new[:stop] = old[:stop]
    edges = np.flatnonzero(np.diff(new, prepend=0, append=0))
    steady: Regions = edges.reshape(-1, 2) * frame_seconds + first
    return steady


def _covered(regions: Regions, frame_seconds: float, count: int) -> npt.NDArray[np.int8]:
    """Whether each of the first `count` frames lies in a region."""
    changes = np.zeros(count + 1, np.int8)
    edges = np.round(regions / frame_seconds).astype(np.intp)
    changes[edges[:, 0]] += 1
    changes[edges[:, 1]] -= 1
    covered: npt.NDArray[np.int8] = np.cumsum(changes[:-1], dtype=np.int8)
    return covered
