"""Sound at another rate, piece by piece."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ._pcm import SILENCE, Pcm, Samples, to_frames, to_pcm, to_samples

FILTER_REACH_SECONDS: Final = 0.01
"""Seconds on either side of a frame that have a say in it, to less than 16 bits can tell, at 8 kHz and above."""


class Resampler:
    """Converts sound piece by piece into what soxr makes of the whole.

    A stream of soxr holds back 40 ms, and more than 100 ms at low rates. Here every piece is converted together with
    the sound around it, so that the end of it is there at once, converted as if nothing followed; it is `settled` once
    FILTER_REACH_SECONDS seconds do follow.

    rate, new_rate: frames per second of what it takes and of what it gives.
    """

    def __init__(self, rate: int, new_rate: int) -> None:
        self.taken = 0  # frames taken
        self.given = 0  # new frames that they make, all in all
        self.settled = 0  # how many of those won't change any more
        self._rate = rate
        self._new_rate = new_rate
        self._reach = to_frames(FILTER_REACH_SECONDS, rate)
        self._period = rate // math.gcd(rate, new_rate)  # every so many frames one lies where a new frame does
        self._around: Samples = np.zeros(0, np.float32)  # the last frames taken
        self._first = 0  # the number of the first of them, a multiple of the period

    def push(self, samples: Samples) -> Samples:
        """Take the next frames; return all new frames that are not settled yet, or were not before this."""
        import soxr

        start, offset = self.settled, self.new_frame(self._first)
        self._around = np.concatenate([self._around, samples])
        self.taken += len(samples)
        self.given = self.new_frame(self.taken)
        converted: Samples = soxr.resample(np.pad(self._around, (0, self._reach)), self._rate, self._new_rate)
        self._settle(self.taken - self._reach)
        return converted[start - offset : self.given - offset]

    def new_frame(self, frame: int) -> int:
        """Where a frame begins in the new sound."""
        return -(-frame * self._new_rate // self._rate)

    def old_frame(self, new_frame: int) -> int:
        """How many frames lie before a new frame, whole."""
        return new_frame * self._rate // self._new_rate

    def _settle(self, frame: int) -> None:
        """Nothing before this frame changes any more: forget what it takes no part in."""
        self.settled = max(self.settled, self.new_frame(frame))
        first = max(0, frame - self._reach) // self._period * self._period
        self._around = self._around[first - self._first :]
        self._first = first


class Resampling:
    """Converts a stream of sound from one rate to another; equal rates leave it as it is.

    It holds back the last 10 ms until `end`: where positions count, sound is left at its own rate instead.
    """

    def __init__(self, rate: int, new_rate: int) -> None:
        self._rates = rate, new_rate
        self._resampler = self._new()
        self._rest = SILENCE  # what would be the end if nothing followed

    @property
    def held(self) -> int:
        """New frames that are held back."""
        return len(self._rest)

    def push(self, pcm: Pcm) -> Pcm:
        """Take the next frames; return those at the new rate that are certain."""
        if self._resampler is None or not len(pcm):
            return pcm
        before = self._resampler.settled
        converted = to_pcm(self._resampler.push(to_samples(pcm)))
        certain = self._resampler.settled - before
        self._rest = converted[certain:]
        return converted[:certain]

    def end(self) -> Pcm:
        """Return the rest; what is pushed next begins another sound."""
        rest, self._rest = self._rest, SILENCE
        self._resampler = self._new()
        return rest

    def _new(self) -> Resampler | None:
        rate, new_rate = self._rates
        return None if rate == new_rate else Resampler(rate, new_rate)
