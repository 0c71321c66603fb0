"""Anchors of words are evidence; the aligner places the other words around them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions._aligner import TranscriptAligner

from .speech import RATE, speak

TEXT = "one two three four five six"


def spoken(**given: float) -> TranscriptAligner:
    aligner = TranscriptAligner(RATE)
    for word in TEXT.split():
        aligner.push_text(f" {word}" if aligner.text else word, given.get(word))
    aligner.end_text()
    aligner.push_audio(speak(TEXT).pcm)
    aligner.end_audio()
    return aligner


def test_an_anchored_word_begins_at_its_anchor() -> None:
    aligner = spoken()
    aligner.anchor(TEXT.index("four"), 0.7)
    starts = {caption.text.strip(): caption.start for caption in aligner.flush()}
    assert starts["four"] == 0.7
    assert list(starts.values()) == sorted(starts.values())
    assert starts["three"] < 0.7 < starts["five"]


def test_an_anchor_that_audio_and_neighbours_contradict_is_not_used() -> None:
    aligner, other = spoken(), spoken()
    aligner.anchor(TEXT.index("four"), 1.0)
    assert aligner.flush() == other.flush()


def test_a_time_of_the_provider_prevails_over_an_anchor() -> None:
    aligner = spoken(four=0.7)
    aligner.anchor(TEXT.index("four"), 0.9)
    aligner.anchor(TEXT.index("two"), 0.3)
    by_word = {caption.text.strip(): caption for caption in aligner.flush()}
    assert (by_word["four"].start, by_word["four"].estimated) == (0.7, False)
    assert (by_word["two"].start, by_word["two"].estimated) == (0.3, False)


def test_an_anchor_does_not_change_what_was_shown() -> None:
    aligner = spoken()
    shown = aligner.due(0.6)
    aligner.anchor(0, 0.5)
    aligner.anchor(TEXT.index("two"), 1.0)
    captions = [*shown, *aligner.flush()]
    assert "".join(caption.text for caption in captions) == TEXT
    starts = [caption.start for caption in captions]
    assert starts == sorted(starts)


def test_an_anchor_may_come_before_its_word_is_complete() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(speak(TEXT).pcm)
    aligner.push_text("one tw")
    aligner.anchor(4, 0.25)
    aligner.end_text(TEXT)
    assert aligner.flush()[1].start == 0.25


@pytest.mark.parametrize("char", [-3, 1, 5, 10_000])
def test_an_anchor_at_no_word_is_ignored(char: int) -> None:
    aligner, other = spoken(), spoken()
    aligner.anchor(char, 0.1)
    assert aligner.flush() == other.flush()


def test_captions_stay_in_order_whatever_the_anchors() -> None:
    aligner = spoken()
    aligner.anchor(TEXT.index("five"), 0.2)
    aligner.anchor(TEXT.index("two"), 1.1)
    aligner.anchor(TEXT.index("six"), 99.0)
    captions = [caption for position in np.arange(0, 3, 0.05) for caption in aligner.due(float(position))]
    captions += aligner.flush()
    assert "".join(caption.text for caption in captions) == TEXT
    starts = [caption.start for caption in captions]
    assert starts == sorted(starts)
