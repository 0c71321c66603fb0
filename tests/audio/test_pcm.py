"""Frames and milliseconds, and audio of another kind than int16 mono."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from realtime_sdk.audio._pcm import check_pcm, to_ms
from realtime_sdk.errors import UsageError


@pytest.mark.parametrize(("frames", "ms"), [(0, 0), (23, 0), (24, 1), (47, 1), (24_000, 1000)])
def test_milliseconds_are_rounded_down_so_that_no_more_is_named_than_there_is(frames: int, ms: int) -> None:
    assert to_ms(frames) == ms


@pytest.mark.parametrize(
    ("audio", "advice"),
    [
        (np.zeros(480, np.float32), r"not float32 of shape \(480,\); floats within ±1 become that by \(audio \* 327"),
        (np.zeros((480, 2), np.int16), r"not int16 of shape \(480, 2\); take one of the channels, such as audio"),
        (np.zeros(480, ">i2"), r"not >i2 of shape \(480,\); audio.astype\(np.int16\) has this machine's byte order"),
        (np.zeros(480, np.int32), r"not int32 of shape \(480,\)$"),
    ],
)
def test_audio_of_another_kind_is_refused_with_the_way_to_convert_it(
    audio: npt.NDArray[np.generic], advice: str
) -> None:
    with pytest.raises(UsageError, match=advice):
        check_pcm(audio)
