"""Times of the provider are used as they are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions._caption import Caption

from .speech import RATE, hum, listen, silence, speak, text_of

pytestmark = pytest.mark.usefixtures("spelled_as_spoken")

TALK = speak("Hel-lo Mar-cel-lo! Nice to meet you. How can I help you to-day?")


def times(captions: list[Caption]) -> dict[str, tuple[float, bool]]:
    return {caption.text.strip(): (caption.start, caption.estimated) for caption in captions}


def test_the_first_word_of_a_timed_piece_is_due_exactly_then() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    aligner.push_text("Hello Marcello! Nice to meet you.", start=0.0)
    aligner.push_text(" How can I help you today?", start=2.7)
    aligner.end_text()
    assert text_of(aligner.due(2.69)) == "Hello Marcello! Nice to meet you."
    (how,) = aligner.due(2.7)
    assert (how.text, how.start, how.estimated) == (" How", 2.7, False)


def test_the_other_words_of_a_piece_are_found_in_its_audio() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    aligner.end_audio()
    aligner.push_text("Hello Marcello! Nice to meet you.", start=0.0)
    aligner.push_text(" How can I help you today?", start=TALK.onsets[6])
    aligner.end_text()
    captions = [caption for _, caption in listen(aligner, 0.0, TALK.seconds)]
    assert [caption.estimated for caption in captions] == [n not in (0, 6) for n in range(len(captions))]
    misses = [caption.start - onset for caption, onset in zip(captions, TALK.onsets, strict=True)]
    assert max(map(abs, misses)) < 0.25


def test_words_timed_one_by_one_have_their_starts_and_ends() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(np.concatenate([silence(0.4), hum(0.3), silence(0.7), hum(0.6)]))
    for text, start, end in (("Hello", 0.5, 0.75), (" there", 1.25, 1.5), (" world", 1.6, 2.0)):
        aligner.push_text(text, start=start, end=end)
    aligner.end_text()
    captions = [caption for _, caption in listen(aligner, 0.0, 2.0)]
    assert [(c.start, c.end) for c in captions] == [(0.5, 0.75), (1.25, 1.5), (1.6, 2.0)]
    assert not any(c.estimated for c in captions)


def test_a_word_in_several_timed_pieces_begins_with_the_first_and_ends_with_the_last() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    aligner.push_text("Mar", start=0.5, end=0.75)
    aligner.push_text("cello", start=0.75, end=1.25)
    aligner.end_text()
    assert [(c.text, c.start, c.end) for c in aligner.due(2.0)] == [("Marcello", 0.5, 1.25)]


def test_timed_words_need_no_audio() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("Hello there,", start=1.0)
    aligner.push_text(" world of sound.", start=3.0)
    aligner.end_text()
    came = listen(aligner, 0.0, 6.0)
    assert text_of([caption for _, caption in came]) == aligner.text
    starts = times([caption for _, caption in came])
    assert starts["Hello"] == (1.0, False)
    assert starts["world"] == (3.0, False)
    assert 1.0 < starts["there,"][0] < 3.0 < starts["of"][0] < starts["sound."][0]


def test_untimed_text_after_timed_text_is_found_in_the_audio() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    aligner.end_audio()
    aligner.push_text("Hello Marcello! Nice to meet you.", start=0.0, end=TALK.onsets[6] - 0.5)
    aligner.push_text(" How can I help you today?")
    aligner.end_text()
    start, estimated = times(aligner.flush())["How"]
    assert start == pytest.approx(TALK.onsets[6], abs=0.06)
    assert estimated


@pytest.mark.parametrize("start", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_not_finite_is_ignored(start: float) -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    aligner.push_text("Hello Marcello! Nice", start=start)
    first, estimated = times(aligner.due(0.5))["Hello"]
    assert first == pytest.approx(0.0, abs=0.05)
    assert estimated


def test_times_that_run_backwards_never_take_a_caption_back() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    for text, start in (("One", 1.0), (" two", 0.5), (" three", -4.0), (" four", 1.5), (" five", 1.5)):
        aligner.push_text(text, start=start)
    aligner.end_text()
    captions = [caption for _, caption in listen(aligner, 0.0, 2.0)]
    assert text_of(captions) == "One two three four five"
    assert [caption.start for caption in captions] == [1.0, 1.0, 1.0, 1.5, 1.5]


def test_a_final_text_keeps_the_times_of_what_it_does_not_change() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(TALK.pcm)
    aligner.push_text("Hello", start=0.1)
    aligner.push_text(" Marcello", start=0.6)
    aligner.push_text(" niece", start=1.8)
    aligner.end_text("Hello Marcello nice")
    starts = times(aligner.due(4.0))
    assert starts["Marcello"] == (0.6, False)
    assert starts["nice"] == (1.8, False)


def test_a_time_after_the_end_of_the_audio_delays_nothing() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("One", end=4.0)
    aligner.push_text(" two", start=6.0)
    aligner.end_text()
    aligner.push_audio(silence(0.3))
    aligner.end_audio()
    assert text_of(aligner.due(3.0)) == "One"
    assert text_of(aligner.flush()) == " two"
