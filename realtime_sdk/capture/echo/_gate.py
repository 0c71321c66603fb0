"""No echo where nobody may speak: the microphone is shut while the loudspeaker sounds."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...audio._pcm import Pcm
from ._canceller import FRAME, checked_frame

TAIL: Final = 0.25
"""Seconds that the gate stays shut after the last sound: the way through the air, the room's decay, and devices that
tell of their latency too little."""

AUDIBLE: Final = 100
"""Peak of a rendered frame from which it is taken to be heard, -50 dB of full scale."""


class HalfDuplexGate:
    """An `EchoCanceller` that gives silence while something sounds, and for 250 ms after it.

    It needs nothing and lets no echo through, but the user can't interrupt.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._opening = np.linspace(0.0, 1.0, round(FRAME * rate))
        self._shut_for = 0.0  # seconds; none: it is open

    @property
    def delay(self) -> float:
        """None at all."""
        return 0.0

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        checked_frame(captured, rendered, self._rate)
        was_open = self._shut_for <= 0.0
        self._shut_for -= FRAME
        if np.any(rendered >= AUDIBLE) or np.any(rendered <= -AUDIBLE):
            self._shut_for = TAIL
        is_open = self._shut_for <= 0.0
        if is_open and was_open:
            return captured
        if is_open:
            return (captured * self._opening).astype(np.int16)
        if was_open:
            return (captured * self._opening[::-1]).astype(np.int16)
        return np.zeros_like(captured)

    def reset(self) -> None:
        """Open the gate."""
        self._shut_for = 0.0
