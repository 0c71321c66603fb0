"""Frames and milliseconds."""

from __future__ import annotations

import pytest

from realtime_sdk.audio._pcm import to_ms


@pytest.mark.parametrize(("frames", "ms"), [(0, 0), (23, 0), (24, 1), (47, 1), (24_000, 1000)])
def test_milliseconds_are_rounded_down_so_that_no_more_is_named_than_there_is(frames: int, ms: int) -> None:
    assert to_ms(frames) == ms
