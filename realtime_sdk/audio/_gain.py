"""The gain of a stream of frames, which changes in ramps. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ._pcm import Pcm, to_frames

RAMP_SECONDS: Final = 0.02
"""Seconds from one gain to another: too long to click, too short to be heard as a fade."""

_LOWEST, _HIGHEST = np.iinfo(np.int16).min, np.iinfo(np.int16).max


class GainCurve:
    """The gain of each frame of a stream, counted from its beginning; 1.0 leaves the audio as it is.

    rate: sample rate in Hz.
    """

    def __init__(self, rate: int) -> None:
        self._ramp_frames = to_frames(RAMP_SECONDS, rate)
        self._points = [(0, 1.0)]  # frames and their gains, in order: straight lines lie between them

    @property
    def gain(self) -> float:
        """The gain after the last ramp."""
        return self._points[-1][1]

    def set(self, gain: float) -> None:
        """Have this gain for all frames, without a ramp: none of them was heard yet."""
        self._points = [(0, gain)]

    def ramp(self, start: int, gain: float) -> None:
        """Change to another gain from frame `start` on; what was to come after it is dropped."""
        begin = float(self.gains(start, 1)[0])
        earlier = [point for point in self._points if point[0] < start]
        self._points = [*earlier, (start, begin), (start + self._ramp_frames, gain)]

    def forget(self, before: int) -> None:
        """Forget the gains of frames that lie before this one."""
        while len(self._points) > 1 and self._points[1][0] <= before:
            del self._points[0]

    def gains(self, start: int, frames: int) -> npt.NDArray[np.float64]:
        """The gains of this many frames from `start` on."""
        places, gains = zip(*self._points, strict=True)
        curve: npt.NDArray[np.float64] = np.interp(np.arange(start, start + frames), places, gains)
        return curve

    @property
    def is_one(self) -> bool:
        """Whether it leaves all frames as they are; asked of every piece of audio."""
        return len(self._points) == 1 and self._points[0][1] == 1.0

    def apply(self, pcm: Pcm, start: int) -> Pcm:
        """Return the frames, the first of which is frame `start`, at their gains; too loud ones are clipped."""
        if self.is_one:
            return pcm
        return np.clip(pcm * self.gains(start, len(pcm)), _LOWEST, _HIGHEST).astype(np.int16)
