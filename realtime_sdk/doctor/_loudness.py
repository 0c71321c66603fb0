"""Levels of captured audio. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ..audio._pcm import Pcm, to_frames
from ..capture._levels import SILENT_DBFS, to_dbfs

LEVEL_BLOCK: Final = 0.02
"""Seconds per level measurement: a syllable fills several."""


def levels(samples: npt.NDArray[np.float64], rate: int) -> list[float]:
    """The level of each 20 ms, in dB of full scale."""
    block = min(to_frames(LEVEL_BLOCK, rate), len(samples))
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    return [to_dbfs(float(square)) for square in (blocks**2).mean(axis=1)]


def loudest_dbfs(pcm: Pcm, rate: int) -> float:
    """The level of the loudest 20 ms, without the DC offset, in dB of full scale."""
    return max(levels(pcm - pcm.mean(), rate)) if pcm.size else SILENT_DBFS
