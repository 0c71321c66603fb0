"""The table of frames, and the audio that waits to be analysed for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from realtime_sdk.captions.features._frame_table import FrameTable

RATE = 24_000


def test_audio_that_comes_at_once_is_copied_a_few_times_at_most_however_long_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copied = 0
    concatenate = np.concatenate

    def counted(arrays: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal copied
        copied += sum(map(len, arrays))
        return concatenate(arrays, *arguments, **options)

    monkeypatch.setattr("realtime_sdk.captions.features._frame_table.np.concatenate", counted)
    audio = np.arange(100 * RATE).astype(np.int16)
    table = FrameTable(RATE, 1)
    table.push(audio)
    taken = [table.take_pending(100) for _ in range(100)]
    assert np.array_equal(concatenate(taken), audio)
    assert table.pending_frames == 0
    assert copied <= 3 * len(audio)
