"""Keeps the user's audio going: the server's clock is the audio that it is sent. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..audio._pcm import Pcm, to_frames, to_seconds

MAX_LAG: Final = 0.2
"""Seconds without audio after which silence is sent: more than a microphone's blocks are apart."""

FILL: Final = 0.1
"""Seconds of silence that are sent at a time: as much as the server sends of its own audio."""


class SilenceFiller:
    """Says when silence has to stand in for audio that is not sent: without it the model would not go on, or speak.

    Times are seconds of one clock; rate: sample rate in Hz.
    """

    def __init__(self, rate: int, now: float) -> None:
        self._rate = rate
        self._until = now  # the time up to which audio was sent

    @property
    def due(self) -> float:
        """The time at which silence has to be sent."""
        return self._until + MAX_LAG

    def fill(self) -> Pcm:
        """Return the silence that is to be sent now."""
        self._until += FILL
        return np.zeros(to_frames(FILL, self._rate), np.int16)

    def sent(self, pcm: Pcm, now: float) -> None:
        """Audio was sent that was captured just now; of the application's own there may be more than has passed."""
        seconds = to_seconds(pcm.size, self._rate)
        self._until = max(self._until, now - seconds) + seconds
