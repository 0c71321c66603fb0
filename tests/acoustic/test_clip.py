"""`align`: a whole clip."""

from __future__ import annotations

import logging
import statistics
import sys

import numpy as np
import pytest

from realtime_sdk import UsageError, align
from realtime_sdk.acoustic import _clip as clip, _phoneme_model

from .speech import RATE, needs_recogniser, speak


@pytest.mark.real
@needs_recogniser
def test_a_clip_has_all_its_text_with_exact_times() -> None:
    spoken = speak("Good morning, everyone. Here is what happened yesterday afternoon in the old harbour.")
    captions = align(spoken.pcm.tobytes(), spoken.text)
    assert "".join(caption.text for caption in captions) == spoken.text
    onsets = list(spoken.onsets.values())
    missed = [abs(caption.start - onset) for caption, onset in zip(captions, onsets, strict=True)]
    assert statistics.median(missed) <= 0.03
    assert not any(caption.estimated for caption in captions)


def test_without_the_extra_the_phone_model_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "is_installed", lambda: False)
    monkeypatch.setattr(clip, "phoneme_model", None)  # a call fails
    captions = align(np.zeros(RATE, np.int16), "Hello there.", rate=RATE)
    assert [caption.text for caption in captions] == ["Hello", " there."]


def test_where_the_recogniser_has_no_library_the_phone_model_decides_and_the_log_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(clip, "is_installed", lambda: True)
    monkeypatch.setitem(sys.modules, "hama.asr", None)  # an import fails
    _phoneme_model._phoneme_model.cache_clear()
    _phoneme_model.log_failure.cache_clear()
    noise = np.random.default_rng(0).normal(0, 1000, RATE).astype(np.int16)
    with caplog.at_level(logging.WARNING):
        texts = [[caption.text for caption in align(noise, "Hello there.", rate=RATE)] for _ in range(2)]
    assert texts == [["Hello", " there."]] * 2
    (record,) = caplog.records
    assert record.getMessage().startswith("the phoneme recogniser hama can't be loaded on this platform")
    assert record.getMessage().endswith("captions are placed by the phone model of this package")


def test_audio_of_another_type_is_refused() -> None:
    with pytest.raises(UsageError, match="int16"):
        align(np.zeros(RATE, np.float32), "Hello.")
