"""Streaming resamplers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ._pcm import SILENCE, Pcm, Samples, to_frames, to_pcm, to_samples

FILTER_REACH_SECONDS: Final = 0.01
"""Seconds on either side of a frame that affect it by more than the resolution of 16 bits, at 8 kHz and above."""


class Resampler:
    """Resamples a stream piece by piece, with the result of soxr for the whole.

    A stream of soxr holds back 40 ms, and more than 100 ms at low rates. Here every piece is converted together with
    the audio around it, so that its end is there at once, converted as if nothing followed; it is `settled` once
    FILTER_REACH_SECONDS have followed.

    rate, new_rate: sample rates in Hz of the input and of the output.
    """

    def __init__(self, rate: int, new_rate: int) -> None:
        self.taken = 0  # frames taken
        self.given = 0  # new frames made of them
        self.settled = 0  # new frames that won't change any more
        self._rate = rate
        self._new_rate = new_rate
        self._reach = to_frames(FILTER_REACH_SECONDS, rate)
        self._period = rate // math.gcd(rate, new_rate)  # frames after which one coincides with a new frame again
        self._around: Samples = np.zeros(0, np.float32)  # the last frames taken
        self._first = 0  # number of the first of them, a multiple of the period

    def push(self, samples: Samples) -> Samples:
        """Take the next frames; return all new frames that were not settled before this call."""
        import soxr

        start, offset = self.settled, self.new_frame(self._first)
        self._around = np.concatenate([self._around, samples])
        self.taken += len(samples)
        self.given = self.new_frame(self.taken)
        converted: Samples = soxr.resample(np.pad(self._around, (0, self._reach)), self._rate, self._new_rate)
        self._settle(self.taken - self._reach)
        return converted[start - offset : self.given - offset]

    def new_frame(self, frame: int) -> int:
        """Convert a frame to the new frame at which it begins."""
        return -(-frame * self._new_rate // self._rate)

    def old_frame(self, new_frame: int) -> int:
        """Convert a new frame to the number of whole frames before it."""
        return new_frame * self._rate // self._new_rate

    def _settle(self, frame: int) -> None:
        """Settle the frames before this one, and drop those that no later frame needs."""
        self.settled = max(self.settled, self.new_frame(frame))
        first = max(0, frame - self._reach) // self._period * self._period
        self._around = self._around[first - self._first :]
        self._first = first


class Resampling:
    """Resamples a stream of int16 audio; equal rates leave it as it is.

    It holds back the last 10 ms until `end`: where positions count, audio is left at its own rate instead.
    """

    def __init__(self, rate: int, new_rate: int) -> None:
        self._rates = rate, new_rate
        self._resampler = self._new()
        self._rest = SILENCE  # the end, if nothing followed

    @property
    def held_back(self) -> int:
        """New frames that are held back."""
        return len(self._rest)

    def push(self, pcm: Pcm) -> Pcm:
        """Take the next frames; return the new frames that are settled."""
        if self._resampler is None or not len(pcm):
            return pcm
        before = self._resampler.settled
        converted = to_pcm(self._resampler.push(to_samples(pcm)))
        settled = self._resampler.settled - before
        self._rest = converted[settled:]
        return converted[:settled]

    def end(self) -> Pcm:
        """Return the rest; the next frames begin another stream."""
        rest, self._rest = self._rest, SILENCE
        self._resampler = self._new()
        return rest

    def _new(self) -> Resampler | None:
        rate, new_rate = self._rates
        return None if rate == new_rate else Resampler(rate, new_rate)
