"""The frames of a window that are speech: the time axis along which words are aligned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ._energy import Floats, Regions
from ._frame_table import runs

_SMALL_DIFFERENCE_SECONDS = 0.3
# benchmarks/captions.py: "people", "4x", where frames of 10 ms cost twice as much, and place words no better.
_ANALYSED_FRAMES = 2  # in each frame

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SpeechFrames:
    """The speech regions of a window, in frames of 20 ms that are numbered as if no pause lay between them."""

    regions: Regions
    analysed_seconds: float  # of a frame in which the audio is analysed
    end: float  # seconds up to which audio is known
    complete: bool  # no more audio follows
    times: Floats = field(init=False)  # seconds at which each frame begins, shape (f,),
    ends: Floats = field(init=False)  # and ends; the last one of a region may be shorter
    offsets: Frames = field(init=False)  # frames before each region and after the last, shape (regions+1,)

    def __post_init__(self) -> None:
        edges = np.round(self.regions / self.analysed_seconds).astype(np.intp)
        analysed = [np.arange(begin, end, _ANALYSED_FRAMES) for begin, end in edges]
        ends = [np.append(frames[1:], end) for frames, (_, end) in zip(analysed, edges, strict=True)]
        for name, frames in ("times", analysed), ("ends", ends):
            object.__setattr__(self, name, np.concatenate(frames or [np.empty(0)]) * self.analysed_seconds)
        counts = [len(frames) for frames in analysed]
        object.__setattr__(self, "offsets", np.append(0, np.cumsum(counts, dtype=np.intp)))

    @property
    def frame_seconds(self) -> float:
        """Seconds of a frame."""
        return _ANALYSED_FRAMES * self.analysed_seconds

    @property
    def analysed_times(self) -> Floats:
        """Seconds at which the frames of the analysis begin that are in each frame, shape (f, 2)."""
        times: Floats = self.times[:, None] + self.analysed_seconds * np.arange(_ANALYSED_FRAMES)
        return times

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
        return np.where(frames > 0, self.ends[np.maximum(frames - 1, 0)], self.times[0])


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
    steady: Regions = runs(new) * frame_seconds + first
    return steady


def _covered(regions: Regions, frame_seconds: float, count: int) -> npt.NDArray[np.bool_]:
    """Whether each of the first `count` frames lies in a region."""
    changes = np.zeros(count + 1, np.int8)
    edges = np.round(regions / frame_seconds).astype(np.intp)
    changes[edges[:, 0]] += 1
    changes[edges[:, 1]] -= 1
    covered: npt.NDArray[np.bool_] = np.cumsum(changes[:-1]) > 0
    return covered
