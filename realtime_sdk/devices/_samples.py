"""Arithmetic on samples: short fades, and the sizes of rings."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..audio._pcm import Pcm, Samples, to_pcm, to_samples

Frames: TypeAlias = npt.NDArray[np.float32]
"""Audio as a device takes or gives it: shape (frames, channels), dtype float32, full scale ±1."""

FADE_SECONDS = 0.012
"""Seconds of a fade: long enough not to click, short enough to pass for silence at once."""

FLOAT32_BYTES = 4
"""Bytes of one float32 sample."""


def power_of_two(frames: float) -> int:
    """Round up to a power of 2, the length of a ring."""
    return 1 << math.ceil(math.log2(frames))


def falling(frames: int) -> Samples:
    """Gains from 1 to 0, the last one 0: a raised cosine."""
    return (0.5 + 0.5 * np.cos(np.pi * np.arange(1, frames + 1) / max(frames, 1))).astype(np.float32)


def rising(frames: int) -> Samples:
    """Gains from 0 to 1, the first one 0."""
    return falling(frames)[::-1]


def fade_out(pcm: Pcm) -> Pcm:
    """Fade to silence."""
    return to_pcm(to_samples(pcm) * falling(len(pcm)))


def fade_in(pcm: Pcm) -> Pcm:
    """Fade in from silence."""
    return to_pcm(to_samples(pcm) * rising(len(pcm)))
