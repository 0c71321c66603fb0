"""`align`: a whole clip."""

from __future__ import annotations

import logging
import math
import statistics
import sys
from typing import Any

import numpy as np
import pytest

from realtime_sdk import UsageError, align
from realtime_sdk.acoustic import _clip as clip, _phoneme_model

from ..captions.speech import STORY
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
    (record,) = (record for record in caplog.records if record.name == _phoneme_model.__name__)
    assert record.getMessage().startswith("the phoneme recogniser hama can't be loaded on this platform")
    assert record.getMessage().endswith("captions are placed by the phone model of this package")


def test_audio_of_another_type_is_refused() -> None:
    with pytest.raises(UsageError, match="int16"):
        align(np.zeros(RATE, np.float32), "Hello.")


@pytest.mark.real
@needs_recogniser
@pytest.mark.parametrize("with_recogniser", [False, True])
def test_a_text_that_is_not_what_is_said_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, with_recogniser: bool
) -> None:
    monkeypatch.setattr(clip, "is_installed", lambda: with_recogniser)
    spoken = speak("Good morning, everyone. Here is what happened yesterday afternoon in the old harbour.")
    with caplog.at_level(logging.WARNING):
        align(spoken.pcm, spoken.text)
        assert not caplog.records
        align(spoken.pcm, "The recipe needs two eggs, some flour, a little sugar and a pinch of salt.")
    (record,) = caplog.records
    assert record.getMessage().startswith("align: text and audio hardly go together: their fit is ")


def test_a_text_that_is_not_what_is_said_fits_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip, "is_installed", lambda: False)
    said, other = (clip.align_clip(STORY.pcm, text, RATE).fit for text in (STORY.text, STORY.text[::-1]))
    assert said > other + 0.1


@pytest.mark.parametrize(("fit", "is_told"), [(1.0, False), (0.1, True), (math.nan, False)])
def test_a_fit_near_0_is_told(fit: float, *, is_told: bool) -> None:
    assert bool(clip.ClipCaptions([], fit).misfit) is is_told


def test_where_no_words_are_placed_nothing_is_said_of_their_fit(caplog: pytest.LogCaptureFixture) -> None:
    align(np.zeros(0, np.int16), "Hello.", rate=RATE)
    assert not caplog.records


@pytest.mark.parametrize("rate", [0, 999, math.inf, None, True])
def test_a_rate_of_no_audio_is_refused_by_its_name(rate: Any) -> None:
    with pytest.raises(UsageError, match=f"^rate is {rate} Hz; give that of the audio"):
        align(np.zeros(RATE, np.int16), "Hello.", rate=rate)


def test_half_of_a_surrogate_pair_in_the_text_is_refused() -> None:
    with pytest.raises(UsageError, match=r"half of a surrogate pair \('\\ud800'\)"):
        align(np.zeros(RATE, np.int16), "Hello \ud800 there.", rate=RATE)
