"""Matrix products that are computed in the thread that asks for them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

_MOST_MULTIPLICATIONS: Final = 1 << 18
"""OpenBLAS, which numpy's wheels contain, shares a larger product among threads, one for each core (its
SMP_THRESHOLD_MIN times GEMM_MULTITHREAD_THRESHOLD). They spin for some 25 ms in case there is more to do: a hundred
times what a product of a second of audio takes."""


def product(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `left @ right`, shapes (n, k) and (k, m), computed without threads.

    A product for a piece of audio is too small to gain from them, and there is one for every piece of every session.
    """
    rows = max(1, _MOST_MULTIPLICATIONS // right.size)
    result = np.empty((len(left), right.shape[1]), np.result_type(left, right))
    for first in range(0, len(left), rows):
        np.matmul(left[first : first + rows], right, out=result[first : first + rows])
    return result
