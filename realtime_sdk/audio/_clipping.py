"""Clipping: audio that was too loud for its converter. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ._pcm import Pcm

CLIPPED_SHARE: Final = 0.001
"""The share of clipped samples from which clipping is audible as a crackle."""

_CLIPPING_LEVEL: Final = 32_700  # not every converter that clips reaches full scale
_PLATEAU_SAMPLES: Final = 3  # consecutive samples at the limit; a voice that is not clipped reaches it with one


def clipped_share(pcm: Pcm) -> float:
    """The share of samples that lie in plateaus at full scale; 0 where there are none."""
    if not pcm.size:
        return 0.0
    return (_plateaus(pcm >= _CLIPPING_LEVEL) + _plateaus(pcm <= -_CLIPPING_LEVEL)) / pcm.size


def _plateaus(at_limit: npt.NDArray[np.bool_]) -> int:
    """Count the samples in plateaus at the limit."""
    if not at_limit.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], at_limit, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return int(runs[runs >= _PLATEAU_SAMPLES].sum())
