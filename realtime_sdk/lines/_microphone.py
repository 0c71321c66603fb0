"""The input device of a line."""

from __future__ import annotations

import asyncio
from typing import Final

import numpy as np

from .._runtime import clock
from ..audio._pcm import SILENCE, Pcm, to_frames, to_seconds
from ..audio._resampling import Resampling

BLOCK_SECONDS: Final = 0.02
"""Seconds of audio in one block."""

GAP_SECONDS: Final = 0.1
"""Seconds without audio after which silence stands in for it: the jitter of a network."""

BURST_SECONDS: Final = 5.0
"""Seconds of audio that may come faster than in real time: what a network held back."""

UNREAD_SECONDS: Final = 10.0
"""Seconds of audio that are kept until they are read: the oldest is lost first."""


class LineMicrophone:
    """An `InputDevice` that captures what the far side of a line sends; `MediaStreamLine.microphone` is one.

    Where nothing comes, it gives silence; when the far side has hung up, its audio ends.

    rate: sample rate in Hz of what the far side sends.
    """

    watched: Final = False
    """A caller who has muted the telephone, or shouts, is no `InputFault`: this side can't mend it."""

    def __init__(self, rate: int) -> None:
        self._line_rate = rate
        self._rate: int | None = None  # of `open`; None unless open
        self._resampling = Resampling(rate, rate)
        self._audio = SILENCE  # to be read, at the rate of `open`
        self._due = 0.0  # loop time at which the last block was complete
        self._first_at: float | None = None  # loop time of the first audio
        self._taken = 0  # frames taken since then
        self._changed = asyncio.Event()  # set when there is audio, or the end
        self._ended = False

    async def open(self, rate: int) -> None:
        """Start capturing."""
        self._rate = rate
        self._resampling = Resampling(self._line_rate, rate)
        self._audio = SILENCE
        self._due = clock.now()

    async def read(self) -> Pcm:
        """Wait for the next 20 ms; silence where the far side has sent nothing for a while."""
        if self._rate is None:
            return SILENCE
        frames = to_frames(BLOCK_SECONDS, self._rate)
        while len(self._audio) < frames and self._rate is not None and not self._ended:
            self._changed.clear()
            try:
                async with asyncio.timeout_at(self._due + BLOCK_SECONDS + GAP_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                self._due += BLOCK_SECONDS
                return np.zeros(frames, np.int16)
        if self._rate is None or len(self._audio) < frames:
            return SILENCE
        block, self._audio = self._audio[:frames].copy(), self._audio[frames:]
        self._due = clock.now()
        return block

    async def close(self) -> None:
        """Stop capturing."""
        self._rate = None
        self._changed.set()

    def push(self, pcm: Pcm) -> bool:
        """Take what the far side has sent; return whether it was taken: not where it floods the line."""
        now = clock.now()
        self._first_at = now if self._first_at is None else self._first_at
        seconds = to_seconds(self._taken + len(pcm), self._line_rate)
        if seconds > now - self._first_at + BURST_SECONDS:
            return False
        self._taken += len(pcm)
        if self._rate is not None:
            audio = np.concatenate([self._audio, self._resampling.push(pcm)])
            self._audio = audio[-to_frames(UNREAD_SECONDS, self._rate) :]
            self._changed.set()
        return True

    def end(self) -> None:
        """The far side has hung up: after what has come, `read` returns an empty array."""
        self._ended = True
        self._changed.set()
