"""What a phoneme recogniser has found in the audio, and how it weighs beside the phone model."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ._energy import Floats
from ._frame_table import Float32s
from ._phone_model import ACOUSTIC_CLASSES

FRAME_SECONDS: Final = 0.02
"""Seconds of a frame of the recogniser."""

# benchmarks/captions.py: "people", with align. The weights are exponents of likelihoods.
_EVIDENCE_WEIGHT = 1.0
_MODEL_WEIGHT = (
    0.5  # of the phone model, which knows better when a phone begins, where the recogniser knows which it is
)


class PhoneEvidence:
    """Log scaled likelihoods of the acoustic classes, in the frames that the recogniser has reached."""

    def __init__(self) -> None:
        self._rows = np.empty((0, len(ACOUSTIC_CLASSES)), np.float16)
        self._count = 0  # of frames

    def __bool__(self) -> bool:
        return self._count > 0

    @property
    def seconds(self) -> float:
        """Seconds of audio that it covers."""
        return self._count * FRAME_SECONDS

    def put(self, first: int, rows: Float32s) -> None:
        """Take the likelihoods of the frames from `first` on, shape (n, classes), in place of any that were there.

        Frames between the last and `first` are unknown: nothing is likelier there than usual.
        """
        stop = first + len(rows)
        if stop > len(self._rows):
            longer = np.zeros((2 * stop, len(ACOUSTIC_CLASSES)), np.float16)
            longer[: self._count] = self._rows[: self._count]
            self._rows = longer
        self._rows[first:stop] = rows
        self._count = max(self._count, stop)

    def added_to(self, likelihoods: Float32s, times: Floats) -> Float32s:
        """Return the log scaled likelihoods of the phone model at `times`, with the evidence where there is any.

        The product of both, as experts that were asked apart.
        """
        frames = self._frames(times)
        known = frames < self._count
        combined = likelihoods.copy()
        evidence = self._rows[frames[known]].astype(np.float32)
        heard = evidence.any(axis=1, keepdims=True)  # the recogniser says nothing about silence and long sounds
        combined[known] *= np.where(heard, np.float32(_MODEL_WEIGHT), np.float32(1.0))
        combined[known] += np.float32(_EVIDENCE_WEIGHT) * evidence
        return combined

    def covers(self, seconds: float) -> bool:
        """Whether the recogniser has reached a time in the audio."""
        return int(self._frames(np.array([seconds]))[0]) < self._count

    def _frames(self, times: Floats) -> npt.NDArray[np.intp]:
        return (times / FRAME_SECONDS + 0.25).astype(np.intp)
