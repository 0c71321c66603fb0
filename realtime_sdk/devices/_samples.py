"""Arithmetic on samples: short fades, and the sizes of rings."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..audio._pcm import Pcm, Samples, to_pcm, to_samples

Frames: TypeAlias = npt.NDArray[np.float32]
"""Sound as a device takes or gives it: shape (frames, channels), dtype float32, full scale ±1."""

FADE = 0.012
"""Seconds of a fade: long enough not to click, short enough to be silence at once."""

SAMPLE_BYTES = 4
"""Bytes of one float32 sample."""


def power_of_two(frames: float) -> int:
    """The length of a ring that holds at least so many frames: a power of 2."""
    return 1 << math.ceil(math.log2(frames))


def falling(frames: int) -> Samples:
    """Gains from 1 to 0 over so many frames, the last one 0: half a cosine, which has no corners."""
    return (0.5 + 0.5 * np.cos(np.pi * np.arange(1, frames + 1) / max(frames, 1))).astype(np.float32)


def rising(frames: int) -> Samples:
    """Gains from 0 to 1 over so many frames, the first one 0."""
    return falling(frames)[::-1]


def fade_out(pcm: Pcm) -> Pcm:
    """The sound, turned down from its level to silence."""
    return to_pcm(to_samples(pcm) * falling(len(pcm)))


def fade_in(pcm: Pcm) -> Pcm:
    """The sound, turned up from silence to its level."""
    return to_pcm(to_samples(pcm) * rising(len(pcm)))
