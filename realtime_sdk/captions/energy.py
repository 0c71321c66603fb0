"""Loudness of sound, frame by frame, and the pauses it shows. Nothing but the loudness is kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..audio import Pcm, to_seconds

FRAMES_PER_SECOND = 100
"""Loudness is measured over 10 ms: shorter than any speech sound, longer than a period of the lowest voice."""

SHORTEST_PAUSE = 0.1
"""Seconds. Plosives close the mouth for up to 90 ms; a longer silence is a pause."""

SHORTEST_SPEECH = 0.04
"""Seconds. Anything shorter between two pauses is a click."""

_SPEECH_RANGE_DB = 33.0  # what lies further below the loud parts of a voice is no part of a word
_ABOVE_NOISE_DB = 6.0  # what rises less than this over the quietest frames is not speech
_LEAST_CONTRAST_DB = 10.0  # with less than this between loud and quiet frames no pause can be told
_FAINT_DB = -50.0  # dB of full scale: sound without contrast is speech above this, and silence below
_SILENCE_DB = -90.0  # dB of full scale: digital silence, kept finite
_PENDING_SECONDS = 1.0  # sound waits unmeasured up to this long, so that many small deltas cost one measurement

Runs = npt.NDArray[np.float64]
"""Stretches of speech between pauses: shape (n, 2), seconds from the first sample, in order."""


class Loudness:
    """The loudness of a sound that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = max(1, round(rate / FRAMES_PER_SECOND))  # samples in one measured frame
        self._received = 0  # samples in all
        self._pending: list[Pcm] = []  # samples not yet measured, in order
        self._pending_samples = 0
        self._db = np.empty(1024, np.float32)  # dB of full scale, a value a frame; grown by doubling
        self._frames = 0  # how many of them are measured

    @property
    def seconds(self) -> float:
        """Seconds of sound received."""
        return to_seconds(self._received, self._rate)

    def push(self, pcm: Pcm) -> None:
        """Take the next samples; the array must not be changed afterwards."""
        self._received += len(pcm)
        self._pending.append(pcm)
        self._pending_samples += len(pcm)
        if self._pending_samples >= self._rate * _PENDING_SECONDS:
            self._measure()

    def runs(self, start: float, end: float) -> Runs:
        """Speech between `start` and `end` seconds; the last run may go on after `end`."""
        self._measure()
        step = to_seconds(self._frame, self._rate)
        first, last = max(0, int(start / step)), min(self._frames, round(end / step))
        if last <= first:
            return np.empty((0, 2))
        edges = np.flatnonzero(np.diff(_speech(self._db[first:last]).astype(np.int8), prepend=0, append=0))
        runs = (edges.reshape(-1, 2) + first) * step
        return _joined(_joined(runs, SHORTEST_PAUSE, SHORTEST_SPEECH), SHORTEST_PAUSE, 0.0)

    def _measure(self) -> None:
        """Turn the pending samples into frames; what fills no frame stays pending."""
        if self._pending_samples < self._frame:
            return
        samples = self._pending[0] if len(self._pending) == 1 else np.concatenate(self._pending)
        whole = len(samples) // self._frame * self._frame
        # The difference of neighbours takes away hum and offset, and lifts the s and f that words begin with.
        steps = np.diff(samples[:whole].astype(np.float32), prepend=np.float32(samples[0])).reshape(-1, self._frame)
        power = np.einsum("ij,ij->i", steps, steps) / (self._frame * 32768.0**2)
        needed = self._frames + len(power)
        if needed > len(self._db):
            self._db = np.concatenate([self._db[: self._frames], np.empty(needed, np.float32)])
        self._db[self._frames : needed] = 10 * np.log10(power + 10 ** (_SILENCE_DB / 10))
        self._frames = needed
        self._pending = [samples[whole:]] if whole < len(samples) else []
        self._pending_samples = len(samples) - whole


def _speech(db: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which frames hold speech: louder than the noise, and not far below the voice."""
    quiet, loud = np.percentile(db, (5, 95))
    if loud - quiet < _LEAST_CONTRAST_DB:
        return np.full(len(db), bool(loud > _FAINT_DB))
    return db > max(quiet + _ABOVE_NOISE_DB, loud - _SPEECH_RANGE_DB)


def _joined(runs: Runs, shortest_gap: float, shortest_run: float) -> Runs:
    """Runs with the gaps below `shortest_gap` closed, without those that are still below `shortest_run`."""
    if not len(runs):
        return runs
    apart = runs[1:, 0] - runs[:-1, 1] >= shortest_gap - 1e-9
    joined = np.column_stack([runs[np.r_[True, apart], 0], runs[np.r_[apart, True], 1]])
    return joined[joined[:, 1] - joined[:, 0] >= shortest_run - 1e-9]
