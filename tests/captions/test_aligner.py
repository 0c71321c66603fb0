"""Captions are due when their words are audible: never before, never twice, never changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions._caption import Caption
from realtime_sdk.errors import UsageError

from .speech import RATE, STORY, Spoken, hum, listen, loaded, say, silence, speak, text_of

pytestmark = pytest.mark.usefixtures("spelled_as_spoken")

NEAR = 0.25
"""Seconds, little more than a syllable: the largest error within a phrase."""

FASTER = 1.6


def errors(spoken: Spoken, came: list[tuple[float, Caption]]) -> list[float]:
    """Seconds by which each word was late (early: negative)."""
    assert [caption.text for _, caption in came] == spoken.words
    return [position - onset for (position, _), onset in zip(came, spoken.onsets, strict=True)]


# When


def test_words_are_due_when_they_are_audible() -> None:
    late = errors(STORY, listen(loaded(STORY), 0.0, STORY.seconds))
    assert np.median(np.abs(late)) < 0.1
    assert max(map(abs, late)) < NEAR


def test_a_phrase_is_due_after_the_pause_before_it() -> None:
    came = listen(loaded(STORY), 0.0, STORY.seconds)
    late = errors(STORY, came)
    behind_a_pause = [late[n + 1] for n, word in enumerate(STORY.words[:-1]) if word[-1] in ",."]
    assert min(behind_a_pause) >= 0.0
    assert max(behind_a_pause) < 0.06


def test_audio_may_arrive_as_it_is_played_and_text_shortly_before() -> None:
    aligner, late = TranscriptAligner(RATE), []
    words = list(zip(STORY.onsets, STORY.words, strict=True))
    shown: list[Caption] = []
    for position in np.arange(0.0, STORY.seconds, 0.01):
        if round(position * 100) % 20 == 0:
            at = round(position * RATE)
            aligner.push_audio(STORY.pcm[at : at + RATE // 5])
        while words and words[0][0] <= position + 0.6:
            aligner.push_text(words.pop(0)[1])
        for caption in aligner.due(float(position)):
            late.append(position - STORY.onsets[len(shown)])
            shown.append(caption)
    assert len(shown) >= len(STORY.words) - 1  # the last word may still grow
    assert np.median(np.abs(late)) < 0.15
    assert min(late) > -0.5


def test_a_long_silence_is_waited_out() -> None:
    spoken = speak("Let me check that for you. Here it is, thank you for wait-ing.", pauses={".": 4.0, ",": 0.3})
    came = listen(loaded(spoken), 0.0, spoken.seconds)
    assert text_of([caption for position, caption in came if position < 5.0]) == "Let me check that for you."
    assert dict((caption.text, position) for position, caption in came)[" Here"] == pytest.approx(
        spoken.onsets[6], abs=0.06
    )


def test_silence_before_the_first_word_is_waited_out() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(np.concatenate([silence(1.5), hum(0.5)]))
    aligner.push_text("Hello there")
    assert aligner.due(1.45) == []
    assert text_of(aligner.due(1.6)) == "Hello"


def test_a_phrase_read_far_faster_does_not_delay_the_next_one() -> None:
    slow = speak("One two three four five six sev-en eight.")
    fast = speak("The quick brown fox jumps o-ver the la-zy dog.")
    hurried = fast.pcm[np.arange(0, len(fast.pcm), FASTER).astype(np.intp)]
    pcm = np.concatenate([slow.pcm, hurried, slow.pcm])
    spoken = Spoken(f"{slow.text} {fast.text} {slow.text}", pcm, [])
    came = listen(loaded(spoken), 0.0, spoken.seconds)
    starts = [position for position, caption in came if caption.text.strip() in ("One", "The")]
    fast_at, again_at = slow.seconds, slow.seconds + fast.seconds / FASTER
    assert starts == pytest.approx([0.0, fast_at, again_at], abs=0.2)


def test_words_are_found_by_their_phones_where_there_are_no_pauses() -> None:
    words = ["see", "more", "nine", "sea", "in", "rain", "all", "noon", "so", "long", "moon", "say"] * 4
    drawn_out = {5, 17, 18, 30}  # no constant tempo predicts these
    pieces = [say(word, 0.45 if n in drawn_out else 0.25) for n, word in enumerate(words)]
    onsets = [0.0, *np.cumsum([len(piece) / RATE for piece in pieces])[:-1]]
    spoken = Spoken(" ".join(words), np.concatenate(pieces), onsets)
    late = errors(spoken, listen(loaded(spoken), 0.0, spoken.seconds))
    assert np.median(np.abs(late)) < 0.06
    assert np.percentile(np.abs(late), 90) < NEAR


def test_no_word_is_due_before_its_audio_has_arrived() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text(STORY.text)
    aligner.end_text()
    assert aligner.due(3.0) == []
    aligner.push_audio(STORY.pcm[: RATE // 2])
    shown = text_of(aligner.due(3.0))
    assert "Once" in shown and len(shown) < len("Once upon a time, there")


def test_words_wait_while_the_delivery_is_interrupted() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text(STORY.text)
    aligner.push_audio(STORY.pcm[:RATE])
    before = listen(aligner, 0.0, 1.0)
    assert listen(aligner, 1.0, 1.0) == []
    aligner.push_audio(STORY.pcm[RATE:])
    assert text_of([c for _, c in before + listen(aligner, 1.0, STORY.seconds)]) == STORY.text


# What


def test_captions_have_index_item_and_times() -> None:
    aligner = TranscriptAligner(RATE, item_id="item_1", index=5, offset=10.0)
    aligner.push_audio(STORY.pcm)
    aligner.push_text(STORY.text)
    first, second = aligner.due(0.5)[:2]
    assert (first.item_id, first.index, first.text, first.estimated) == ("item_1", 5, "Once", True)
    assert first.start == pytest.approx(10.0, abs=0.02)
    assert first.start < first.end <= second.start + 0.01
    assert second.index == 6


def test_a_caption_ends_with_its_word_not_at_the_next_one() -> None:
    captions = {caption.text: caption for _, caption in listen(loaded(STORY), 0.0, STORY.seconds)}
    at = STORY.words.index(" there")
    assert captions[" time,"].end == pytest.approx(STORY.onsets[at] - 0.3, abs=0.03)


def test_separate_punctuation_is_due_with_the_end_of_the_word_before_it() -> None:
    sound = np.concatenate([say("bon", 0.3), say("jur", 0.3), silence(0.5), say("mar", 0.3), say("sel", 0.3)])
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(sound)
    aligner.end_audio()
    aligner.push_text("Bonjour ! Marcel 👍")
    aligner.end_text()
    came = listen(aligner, 0.0, 1.7)
    assert [caption.text for _, caption in came] == ["Bonjour", " !", " Marcel", " 👍"]
    assert [position for position, _ in came] == pytest.approx([0.03, 0.63, 1.13, 1.7], abs=0.05)


def test_text_and_shown_are_the_transcript_and_the_part_returned() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.push_text("Once upon a time, there")
    captions = aligner.due(0.5)
    assert aligner.text == "Once upon a time, there"
    assert aligner.shown == text_of(captions) == "Once upon"


# A word whose end is not known


def test_text_that_comes_after_its_sound_was_heard_comes_at_once() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.end_audio()
    assert aligner.due(STORY.seconds) == []
    aligner.push_text("Once upon a ")
    assert text_of(aligner.due(STORY.seconds)) == "Once upon a"
    aligner.push_text("time")
    aligner.end_text()
    assert text_of(aligner.due(STORY.seconds)) == " time"


# The final transcript


def test_a_final_text_adds_what_the_deltas_lacked() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("Hello wor")
    aligner.end_text("Hello world and all")
    assert aligner.text == "Hello world and all"
    assert [caption.text for caption in aligner.flush()] == ["Hello", " world", " and", " all"]


def test_a_final_text_replaces_what_was_not_shown() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.push_text("Once upon a thyme there vas")
    shown = aligner.due(0.5)
    aligner.end_text(STORY.text)
    assert aligner.text == STORY.text
    assert text_of(shown + aligner.flush()) == STORY.text


def test_a_final_text_may_be_much_shorter_while_the_audio_still_grows() -> None:
    aligner, half = TranscriptAligner(RATE), len(STORY.pcm) // 2
    aligner.push_text(f"{STORY.text} {STORY.text} {STORY.text}")
    aligner.push_audio(STORY.pcm[:half])
    assert aligner.due(0.3)
    aligner.end_text(STORY.text)
    aligner.push_audio(STORY.pcm[half:])
    aligner.end_audio()
    came = aligner.due(STORY.seconds)
    assert aligner.shown == STORY.text
    assert [caption.start for caption in came] == pytest.approx(STORY.onsets[-len(came) :], abs=NEAR)


def test_a_final_text_that_contradicts_what_was_shown_changes_nothing() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.push_text("Once upon a time")
    shown = aligner.due(0.5)
    aligner.end_text("In the beginning")
    assert text_of(shown) == "Once upon"
    assert text_of(shown + aligner.flush()) == aligner.text == "Once upon a time"


@pytest.mark.parametrize("final", [None, ""])
def test_no_final_text_leaves_the_deltas(final: str | None) -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("Hello world")
    aligner.end_text(final)
    assert text_of(aligner.flush()) == "Hello world"


# The end


def test_a_cut_gives_what_was_audible_and_nothing_after() -> None:
    aligner = loaded(STORY)
    at = STORY.onsets[STORY.words.index(" there")] - 0.1
    shown = [caption for _, caption in listen(aligner, 0.0, 0.5)] + aligner.finish(at)
    assert text_of(shown) == aligner.shown == "Once upon a time,"
    assert aligner.due(STORY.seconds) == aligner.finish(STORY.seconds) == aligner.flush() == []
    aligner.push_text(" more")
    assert aligner.due(STORY.seconds) == []


def test_a_cut_gives_the_beginning_of_a_word_whose_rest_had_not_come() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.push_text("Once up")
    assert text_of(aligner.finish(0.5)) == "Once up"


def test_a_cut_before_anything_was_heard_gives_nothing() -> None:
    aligner = loaded(STORY)
    assert aligner.finish(0.0) == []
    assert aligner.shown == ""


def test_flush_returns_the_rest_with_its_times() -> None:
    captions = loaded(STORY).flush()
    assert text_of(captions) == STORY.text
    misses = [caption.start - onset for caption, onset in zip(captions, STORY.onsets, strict=True)]
    assert max(map(abs, misses)) < NEAR
    assert captions[-1].end == pytest.approx(STORY.seconds - 0.5, abs=0.02)


def test_flush_returns_later_text_at_its_next_call() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.push_text("Once upon")
    assert text_of(aligner.flush()) == "Once upon"
    assert aligner.flush() == []
    aligner.push_text(" a time")
    assert text_of(aligner.flush()) == " a time"


def test_text_without_audio_is_due_when_the_audio_ends() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("Hello world")
    aligner.end_text()
    assert aligner.due(0.0) == []
    aligner.end_audio()
    assert text_of(aligner.due(0.0)) == "Hello world"


def test_audio_without_text_has_no_captions() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(STORY.pcm)
    aligner.end_text()
    aligner.end_audio()
    assert aligner.due(STORY.seconds) == aligner.flush() == []


def test_the_text_of_silent_audio_is_due_when_the_audio_ends() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(silence(30.0))
    aligner.push_text("Hello world")
    aligner.end_text()
    assert aligner.due(29.0) == []
    aligner.end_audio()
    assert text_of(aligner.due(30.0)) == "Hello world"


# Long talks


def test_a_long_talk_is_followed_to_its_end() -> None:
    tellings, aligner = 20, TranscriptAligner(RATE)
    aligner.push_text(STORY.text)
    came: list[tuple[float, Caption]] = []
    for n in range(tellings):
        aligner.push_audio(STORY.pcm)
        aligner.push_text(f" {STORY.text}")
        came += listen(aligner, n * STORY.seconds, (n + 1) * STORY.seconds - 0.02, step=0.02)
    onsets = [n * STORY.seconds + onset for n in range(tellings) for onset in STORY.onsets]
    late = [position - onset for (position, _), onset in zip(came, onsets, strict=True)]
    assert text_of([caption for _, caption in came]) == " ".join([STORY.text] * tellings)
    assert np.median(np.abs(late)) < 0.1
    assert max(map(abs, late)) < NEAR


def test_over_steady_noise_words_are_spread_by_their_length() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio((3000 * np.random.default_rng(0).normal(size=8 * RATE)).astype(np.int16))
    aligner.push_text("one two one two one two one two")
    aligner.end_text()
    aligner.end_audio()
    starts = [caption.start for caption in aligner.flush()]
    assert starts == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7], abs=0.4)


def test_a_leap_of_the_position_returns_all_captions_before_it() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(np.concatenate([STORY.pcm] * 5))
    aligner.end_audio()
    aligner.push_text(" ".join([STORY.text] * 5))
    aligner.end_text()
    captions = aligner.due(3 * STORY.seconds)
    assert text_of(captions) == " ".join([STORY.text] * 3)
    onsets = [n * STORY.seconds + onset for n in range(3) for onset in STORY.onsets]
    misses = [caption.start - onset for caption, onset in zip(captions, onsets, strict=True)]
    assert max(map(abs, misses)) < NEAR


@pytest.mark.parametrize("rate", [24, None, float("nan")])
def test_a_sample_rate_that_is_none_of_speech_is_refused(rate: Any) -> None:
    with pytest.raises(UsageError, match=f"sample_rate is {rate} Hz"):
        TranscriptAligner(rate)


def test_its_repr_shows_its_state() -> None:
    aligner = loaded(speak("Hel-lo there."))
    aligner.due(0.2)
    assert repr(aligner) == "<TranscriptAligner COMPLETE 1 of 2 words, 1.10 s>"


def test_after_release_audio_words_are_placed_between_the_pauses() -> None:
    aligner = loaded(STORY)
    aligner.release_audio()
    captions = aligner.flush()
    assert text_of(captions) == STORY.text
    late = [caption.start - onset for caption, onset in zip(captions, STORY.onsets, strict=True)]
    assert np.median(np.abs(late)) < 0.15
