"""The speech of a stretch of sound, measured by what it takes to say: partly by the second, partly by the syllable."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .energy import Floats, Runs

_BY_THE_SECOND = 0.6
"""The share of a syllable's own length in what it counts; the rest is that of an average one.

Seconds alone take a drawn out word for a long one, and syllables alone one whose beginning can't be told for none. Both
miss by a sixth for two words, and independently; so mixed they miss by an eighth.
"""


@dataclass(frozen=True, slots=True)
class Sound:
    """Stretches of speech, and the second up to which sound is known.

    Effort is measured in seconds of average speech: as long as the speech is all in all, and without it silence.
    """

    runs: Runs
    dips: Floats  # seconds at which one syllable ends and the next begins, in order
    end: float
    complete: bool  # no more sound follows
    _times: Floats = field(init=False, repr=False)  # beginning and end of every syllable, shape (k,)
    _efforts: Floats = field(init=False, repr=False)  # effort before each of those

    def __post_init__(self) -> None:
        inside = np.searchsorted(self.runs[:, 0], self.dips, side="left") - 1
        dips, inside = self.dips[inside >= 0], inside[inside >= 0]
        dips = dips[dips < self.runs[inside, 1]]
        times = np.sort(np.concatenate([self.runs.ravel(), dips, dips]))
        lengths = np.diff(times)[::2]
        average = lengths.sum() / max(1, len(lengths))
        syllables = np.full(len(lengths), average)
        if not self.complete and len(times) and times[-1] >= self.end - 0.01:
            syllables[-1] = min(average, lengths[-1])  # its end has not come yet
        efforts = _BY_THE_SECOND * lengths + (1 - _BY_THE_SECOND) * syllables
        pieces = np.zeros(len(times))
        pieces[1::2] = efforts
        object.__setattr__(self, "_times", times)
        object.__setattr__(self, "_efforts", np.cumsum(pieces))

    @property
    def syllables(self) -> int:
        """How many syllables are heard."""
        return len(self._times) // 2

    @property
    def spoken(self) -> Floats:
        """Effort before each run and after the last, shape (m+1,)."""
        before = self._efforts[np.searchsorted(self._times, self.runs[:, 0], side="left")]
        return np.append(before, self._efforts[-1])

    @property
    def silence(self) -> float:
        """Seconds without speech at the end of what is known."""
        return self.end - float(self.runs[-1, 1])

    def after_pauses(self, efforts: Floats) -> Floats:
        """Seconds at which so much was said; at a pause, its end."""
        return self._seconds(efforts, np.searchsorted(self._efforts, efforts, side="right"))

    def before_pauses(self, efforts: Floats) -> Floats:
        """Seconds at which so much was said; at a pause, its beginning."""
        return self._seconds(efforts, np.searchsorted(self._efforts, efforts, side="left"))

    def _seconds(self, efforts: Floats, behind: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
        """Seconds at which so much was said, within the syllables that begin before the places given."""
        begin = np.clip((behind - 1) // 2 * 2, 0, len(self._times) - 2)
        times, known = self._times, self._efforts
        pace = (times[begin + 1] - times[begin]) / np.maximum(known[begin + 1] - known[begin], 1e-9)
        within = efforts - known[begin]
        past = np.maximum(efforts - known[-1], 0.0)  # what is still to be said goes on at the average pace
        seconds: Floats = times[begin] + (within - past) * pace + past
        return seconds
