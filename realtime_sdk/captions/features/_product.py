"""Matrix products that are computed in the thread that asks for them."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_MOST_MULTIPLICATIONS: Final = 1 << 18
"""OpenBLAS, which numpy's wheels contain, shares a larger product among threads, one for each core (its
SMP_THRESHOLD_MIN times GEMM_MULTITHREAD_THRESHOLD). They spin for some 25 ms in case there is more to do: a hundred
times what a product of a second of audio takes."""

_TILE_STEP: Final = 8  # an odd edge of a tile is left to slower code


def product(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `left @ right`, shapes (n, k) and (k, m), computed without threads.

    A product for a piece of audio is too small to gain from them, and there is one for every piece of every session.
    It is computed in square tiles, which read each operand as seldom as products of that size can.
    """
    edge = max(1, math.isqrt(_MOST_MULTIPLICATIONS // len(right)) // _TILE_STEP * _TILE_STEP)
    result = np.empty((len(left), right.shape[1]), np.result_type(left, right))
    for row in range(0, len(left), edge):
        for column in range(0, right.shape[1], edge):
            rows, columns = slice(row, row + edge), slice(column, column + edge)
            np.matmul(left[rows], right[:, columns], out=result[rows, columns])
    return result
