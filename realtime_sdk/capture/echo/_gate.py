"""Half duplex: the microphone is muted while the loudspeaker plays."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...audio._pcm import Pcm, Samples
from ._blocks import block_frames, check_block
from ._canceller import ECHO_BLOCK_SECONDS

GATE_TAIL_SECONDS: Final = 0.25
"""Seconds that the gate stays closed after the last rendered audio: the path through the air, the room's decay, and
devices that report too little latency."""

AUDIBLE_PEAK: Final = 100
"""Peak of a rendered block from which it is taken to be audible, -50 dB of full scale."""


class HalfDuplexGate:
    """An `EchoCanceller` that returns silence while the loudspeaker plays, and for 250 ms after it.

    It needs nothing and lets no echo through, but the user can't interrupt.
    """

    runs_on_loop: Final = True

    def __init__(self, rate: int) -> None:
        self._rate = rate
        # Half a block: the rendered audio is early by as much, so that it is shut before the first echo.
        half = block_frames(rate) // 2
        self._fade_in: Samples = np.concatenate([np.zeros(half), np.linspace(0.0, 1.0, half)], dtype=np.float32)
        self._closed_seconds = 0.0  # seconds; not positive: it is open

    @property
    def delay(self) -> float:
        """None at all."""
        return 0.0

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        check_block(captured, rendered, self._rate)
        was_open = self._closed_seconds <= 0.0
        self._closed_seconds -= ECHO_BLOCK_SECONDS
        if np.any(rendered >= AUDIBLE_PEAK) or np.any(rendered <= -AUDIBLE_PEAK):
            self._closed_seconds = GATE_TAIL_SECONDS
        is_open = self._closed_seconds <= 0.0
        if is_open and was_open:
            return captured
        if is_open:
            return (captured * self._fade_in).astype(np.int16)
        if was_open:
            return (captured * self._fade_in[::-1]).astype(np.int16)
        return np.zeros_like(captured)

    def reset(self) -> None:
        """Open the gate."""
        self._closed_seconds = 0.0
