"""Sound at another rate, piece by piece."""

from __future__ import annotations

from typing import Any

from .audio import SILENCE, Pcm


class Resampling:
    """Converts a stream of sound from one rate to another; equal rates leave it as it is.

    It holds back the last 20 ms until `end`: where positions count, sound is left at its own rate instead.
    """

    def __init__(self, rate: int, new_rate: int) -> None:
        self._stream: Any = None  # the soxr.ResampleStream; None: the rates are equal
        if rate != new_rate:
            import soxr

            self._stream = soxr.ResampleStream(rate, new_rate, 1, dtype="int16")

    def push(self, pcm: Pcm) -> Pcm:
        """Take the next frames; return those at the new rate that are ready."""
        return self._pushed(pcm, last=False)

    def end(self) -> Pcm:
        """Return the rest; what is pushed next begins another sound."""
        rest = self._pushed(SILENCE, last=True)
        if self._stream is not None:
            self._stream.clear()
        return rest

    def _pushed(self, pcm: Pcm, *, last: bool) -> Pcm:
        if self._stream is None:
            return pcm
        resampled: Pcm = self._stream.resample_chunk(pcm, last=last)
        return resampled
