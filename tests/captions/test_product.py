"""Matrix products in the thread that asks for them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions.features._product import product


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_the_plain_product(rows: int, dtype: type[np.floating]) -> None:
    random = np.random.default_rng(rows)
    left, right = (random.standard_normal(shape).astype(dtype) for shape in ((rows, 338), (338, 256)))
    result = product(left, right)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, left @ right, rtol=1e-3, atol=1e-3)


def test_a_large_product_is_taken_in_tiles() -> None:
    left, right = np.ones((3, 600)), np.ones((600, 600))
    assert (product(left, right) == 600.0).all()
