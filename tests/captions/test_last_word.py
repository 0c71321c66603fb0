"""A last word that may still grow: when it waits, and when it is taken to be whole."""

from __future__ import annotations

import pytest

from realtime_sdk.captions._aligner import TranscriptAligner

from .speech import RATE, STORY, listen, text_of


def test_a_last_word_that_may_still_grow_waits() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm[:RATE])
    aligner.push_text("Once up")
    assert text_of(aligner.due(1.0)) == "Once"
    aligner.push_text("on a")
    assert text_of(aligner.due(1.0)) == " upon"
    aligner.end_text()
    assert text_of(aligner.due(1.0)) == " a"


def test_a_last_word_waits_for_200_ms_at_most() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm[:RATE])
    aligner.push_text("Once up")
    came = {caption.text: position for position, caption in listen(aligner, 0.0, 0.9)}
    assert came[" up"] == pytest.approx(STORY.onsets[1] + 0.2, abs=0.05)


def test_the_same_word_waits_each_time() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm[: 2 * RATE])
    aligner.push_text("Once")
    assert aligner.due(0.1) == []
    aligner.push_text(" Once")
    assert text_of(aligner.due(0.9)) == "Once"
    assert text_of(aligner.due(1.05)) == ""
    assert text_of(aligner.due(1.15)) == " Once"


def test_a_word_that_grows_waits_again() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm[:RATE])
    aligner.push_text("On")
    assert aligner.due(0.1) == []
    aligner.push_text("c")
    assert aligner.due(0.4) == []
    assert aligner.due(0.5) == []
    aligner.push_text("e upon")
    assert text_of(aligner.due(0.5)) == "Once"


@pytest.mark.parametrize(("piece", "shown"), [("Once.", "Once."), ("Once,", "Once,"), ("1,", ""), ("Once", "")])
def test_punctuation_completes_a_last_word_but_not_after_digits(piece: str, shown: str) -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm[:RATE])
    aligner.push_text(piece)
    assert text_of(aligner.due(0.1)) == shown


def test_a_last_word_is_taken_to_be_whole_where_the_text_comes_word_by_word() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    for piece in ("Once", " upon", " a", " time,", " there"):
        aligner.push_text(piece)
    assert text_of(aligner.due(2.0)) == "Once upon a time, there"


def test_what_follows_a_word_that_was_taken_to_be_whole_is_a_caption_of_its_own() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    for piece in ("Once", " upon", " a", " time,", " there"):
        aligner.push_text(piece)
    shown = aligner.due(2.0)
    aligner.push_text("fore all was ")
    rest = aligner.flush()
    assert [caption.text for caption in rest] == ["fore", " all", " was", " "]
    assert text_of(shown + rest) == aligner.text


def test_a_word_that_was_wrongly_taken_to_be_whole_is_the_last_one() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    for piece in ("Once", " upon", " a", " time,", " there"):
        aligner.push_text(piece)
    aligner.due(2.0)
    for piece in ("fore", " all", " was", " well", " and", " good"):
        aligner.push_text(piece)
    assert text_of(aligner.due(STORY.seconds)) == "fore all was well and"


def test_one_delta_that_continues_a_word_leaves_later_last_words_open() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    for piece in ("Once", " up", "on", " a", " time,", " there", " was"):
        aligner.push_text(piece)
    assert text_of(aligner.due(3.0)) == "Once upon a time, there"


def test_a_last_word_with_a_comma_is_whole_where_the_sound_pauses() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm[: round(1.2 * RATE)])
    aligner.push_text("Once upon a time,")
    assert text_of(aligner.due(0.9)) == "Once upon a time,"
