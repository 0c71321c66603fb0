"""The speech of a stretch of sound: which frames of it are speech, and how each of them sounds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ._energy import Floats, Runs

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sound:
    """Stretches of speech, and the second up to which sound is known.

    Time in it is counted in frames of speech, as if there were no pauses between.
    """

    runs: Runs
    step: float  # seconds of a frame
    end: float
    complete: bool  # no more sound follows
    times: Floats = field(init=False)  # seconds at which each frame of speech begins
    spoken: Frames = field(init=False)  # frames before each run and after the last, shape (m+1,)

    def __post_init__(self) -> None:
        edges = np.round(self.runs / self.step).astype(np.intp)
        frames = [np.arange(begin, end) for begin, end in edges]
        object.__setattr__(self, "times", np.concatenate(frames or [np.empty(0)]) * self.step)
        object.__setattr__(self, "spoken", np.append(0, np.cumsum(edges[:, 1] - edges[:, 0])))

    @property
    def gaps(self) -> Floats:
        """Seconds of the pauses between the runs."""
        return self.runs[1:, 0] - self.runs[:-1, 1]

    @property
    def silence(self) -> float:
        """Seconds without speech at the end of what is known."""
        return self.end - float(self.runs[-1, 1])

    def syllables(self, dips: Floats) -> int:
        """How many syllables are heard, `dips` being the seconds between two: each run is one at least."""
        inside = np.searchsorted(self.runs[:, 0], dips, side="left") - 1
        return len(self.runs) + int(np.sum((inside >= 0) & (dips < self.runs[inside, 1])))

    def starts(self, frames: Frames) -> Floats:
        """Seconds at which something begins that so many frames of speech come before; at a pause, its end."""
        return self.times[np.minimum(frames, len(self.times) - 1)]

    def ends(self, frames: Frames) -> Floats:
        """Seconds at which something ends after so many frames of speech; at a pause, its beginning."""
        return self.times[np.maximum(frames - 1, 0)] + np.where(frames > 0, self.step, 0.0)
