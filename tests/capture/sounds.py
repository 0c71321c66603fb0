"""A detector that tests can predict."""

from __future__ import annotations

import numpy as np

from realtime_sdk.audio._pcm import SILENCE, Pcm, to_frames


class Loudness:
    """`VoiceActivity` that takes all loud audio for a voice."""

    frame = 0.02

    def begin(self, rate: int) -> None:
        self._size = to_frames(self.frame, rate)
        self._rest = SILENCE

    def hear(self, pcm: Pcm) -> list[float]:
        self._rest = np.concatenate([self._rest, pcm])
        whole = self._rest.size - self._rest.size % self._size
        frames, self._rest = self._rest[:whole].reshape(-1, self._size), self._rest[whole:]
        return [float(np.abs(frame).mean() > 500) for frame in frames]
