"""`align`: a whole clip."""

from __future__ import annotations

import statistics

import numpy as np
import pytest

from realtime_sdk import UsageError, align
from realtime_sdk.acoustic import _clip as clip

from .speech import RATE, speak


@pytest.mark.real
def test_a_clip_has_all_its_text_with_exact_times() -> None:
    spoken = speak("Good morning, everyone. Here is what happened yesterday afternoon in the old harbour.")
    captions = align(spoken.pcm.tobytes(), spoken.text)
    assert "".join(caption.text for caption in captions) == spoken.text
    onsets = list(spoken.onsets.values())
    missed = [abs(caption.start - onset) for caption, onset in zip(captions, onsets, strict=True)]
    assert statistics.median(missed) <= 0.03
    assert sum(not caption.estimated for caption in captions) >= 0.8 * len(captions)


def test_without_the_extra_the_signal_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "is_installed", lambda: False)
    monkeypatch.setattr(clip, "shared_decoder", None)  # a call fails
    captions = align(np.zeros(RATE, np.int16), "Hello there.", rate=RATE)
    assert [caption.text for caption in captions] == ["Hello", " there."]


def test_audio_of_another_type_is_refused() -> None:
    with pytest.raises(UsageError, match="int16"):
        align(np.zeros(RATE, np.float32), "Hello.")
