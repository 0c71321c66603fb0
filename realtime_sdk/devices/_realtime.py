"""An output device that plays by the loop's clock instead of a sound card's."""

from __future__ import annotations

import enum
import math

import numpy as np

from .._runtime import clock
from ..audio._gain import GainCurve
from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, to_frames
from ..errors import DeviceError
from ._samples import FADE_SECONDS, fade_in, fade_out

QUEUE_SECONDS = 1.0
"""Seconds of audio that are queued ahead."""

_ROUNDING_FRAMES = 1e-3
"""Part of a frame: far more than rounding adds up to in hours, far less than is audible."""


class _State(enum.Enum):
    CLOSED = "closed"
    PLAYING = "playing"
    PAUSED = "paused"


class RealTimeSpeaker:
    """An `OutputDevice` without hardware: a frame is heard when the loop's clock says that it is due.

    Time passes whether or not there is audio to play. A subclass receives both, in order and without a gap from `open`
    on: the audio in `_heard`, the silence in `_silent`.
    """

    def __init__(self) -> None:
        self._rate = WIRE_RATE  # of `open`
        self._state = _State.CLOSED
        self._opened_at = 0.0  # loop time
        self._elapsed = 0  # frames for which the clock has run since then
        self._queue = SILENCE  # to be played next
        self._behind_pause = SILENCE  # to be played after `resume`
        self._played = 0
        self._gain = GainCurve(self._rate)  # of the frames since `open`

    async def open(self, rate: int) -> None:
        """Count from 0."""
        self._rate = rate
        self._opened_at = clock.now()
        self._elapsed = self._played = 0
        self._queue = self._behind_pause = SILENCE
        self._gain = GainCurve(rate)
        self._state = _State.PLAYING

    async def close(self) -> None:
        """Fall silent."""
        if self._state is not _State.CLOSED:
            self._advance()
            self._state = _State.CLOSED

    def room(self) -> int:
        """Frames that `write` would take now."""
        self._sync()
        return to_frames(QUEUE_SECONDS, self._rate) - len(self._queue) - len(self._behind_pause)

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken."""
        taken = pcm[: self.room()]
        if self._state is _State.PAUSED:
            self._behind_pause = np.concatenate([self._behind_pause, taken])
        else:
            self._queue = np.concatenate([self._queue, taken])
        return len(taken)

    def played(self) -> int:
        """Frames heard since `open`."""
        self._sync()
        return self._played

    def flush(self) -> int:
        """Fade out from the frame that is due now, drop the rest and return the frames heard in all."""
        self._sync()
        if self._state is _State.PLAYING:
            self._queue = fade_out(self._queue[: self._fade_frames])
        self._behind_pause = SILENCE
        return self._played + len(self._queue)

    def pause(self) -> None:
        """Fade out from the frame that is due now, and keep the frames after that."""
        self._sync()
        if self._state is _State.PLAYING:
            fade = self._fade_frames
            rest = self._queue[fade:]
            self._behind_pause = np.concatenate([fade_in(rest[:fade]), rest[fade:]])
            self._queue = fade_out(self._queue[:fade])
            self._state = _State.PAUSED

    def resume(self) -> None:
        """Resume with the frame after the last one heard, faded in."""
        self._sync()
        self._queue = np.concatenate([self._queue, self._behind_pause])
        self._behind_pause = SILENCE
        self._state = _State.PLAYING

    def set_gain(self, gain: float) -> int:
        """Change the gain in a ramp, from the frame that is due now; return that."""
        self._sync()
        if len(self._queue) + len(self._behind_pause):
            self._gain.ramp(self._played, gain)
        else:
            self._gain.set(gain)
        return self._played

    def _heard(self, pcm: Pcm) -> None:
        """These frames were heard."""

    def _silent(self, frames: int) -> None:
        """This many frames of silence were heard."""

    @property
    def _fade_frames(self) -> int:
        return to_frames(FADE_SECONDS, self._rate)

    def _sync(self) -> None:
        if self._state is _State.CLOSED:
            raise DeviceError(f"the {type(self).__name__} is not open: call open() first")
        self._advance()

    def _advance(self) -> None:
        """Play everything that is due by now."""
        now = math.floor((clock.now() - self._opened_at) * self._rate + _ROUNDING_FRAMES)
        due = now - self._elapsed
        if not due:
            return
        self._elapsed = now
        heard, self._queue = self._queue[:due], self._queue[due:]
        if len(heard):
            self._heard(self._gain.apply(heard, self._played))
        self._played += len(heard)
        if due > len(heard):
            self._silent(due - len(heard))
