"""Forced alignment: words are found where they are, and no anchor is wrong where the model can't follow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest

from realtime_sdk.acoustic._decoder import Decoder
from realtime_sdk.acoustic._forced_aligner import ForcedAligner
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions._aligner import TranscriptAligner

from .speech import RATE, Spoken, all_anchors, anchors, errors, speak

pytestmark = pytest.mark.real

TEXT = "The library opens at nine in the morning. You can borrow up to ten books and keep them for three weeks."


FRAME_SECONDS = 0.01

REPLACED = (("library", "umbrella"), ("morning", "Netherlands"), ("keep", "elephant"))


@pytest.fixture(scope="module")
def plain() -> Spoken:
    return speak(TEXT)


def aligner(text: str, pcm: Pcm) -> TranscriptAligner:
    """An aligner with all of text and audio."""
    made = TranscriptAligner(RATE)
    made.push_text(text)
    made.end_text()
    made.push_audio(pcm)
    made.end_audio()
    return made


def coloured_noise(seconds: float) -> Pcm:
    noise = np.random.default_rng(1).normal(0, 3000, int(seconds * RATE))
    swell = 0.5 + 0.5 * np.sin(np.arange(len(noise)) / RATE * 2 * np.pi * 3)
    return (noise * swell).astype(np.int16)


def music(seconds: float) -> Pcm:
    t = np.arange(int(seconds * RATE)) / RATE
    notes = 220 * 2 ** (np.random.default_rng(2).integers(0, 24, int(seconds * 3) + 1) / 12)
    pitch = notes[(t * 3).astype(int)]
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return (4000 * sum(np.sin(k * phase) / k for k in (1, 2, 3, 5)) * np.exp(-3 * (t * 3 % 1))).astype(np.int16)


def test_words_are_found_at_their_onsets(plain: Spoken, decoder: Decoder) -> None:
    found = all_anchors(plain.text, plain.pcm, decoder)
    assert len({anchor.char for anchor in found}) >= 0.85 * len(plain.onsets)
    missed = errors(found, plain)
    assert statistics.median(missed) <= 0.03
    assert sorted(missed)[int(0.9 * len(missed))] <= 0.12


def test_what_is_found_does_not_depend_on_what_was_decoded_before(plain: Spoken, decoder: Decoder) -> None:
    first = all_anchors(plain.text, plain.pcm, decoder)
    all_anchors(TEXT, music(8.0), decoder)
    assert all_anchors(plain.text, plain.pcm, decoder) == first


def test_digital_silence_does_not_break_the_model(decoder: Decoder) -> None:
    spoken = speak("Let me check that for you. Thank you for waiting. I have found your booking.", pause=2.0)
    found = all_anchors(spoken.text, spoken.pcm, decoder)
    assert len(found) >= 0.8 * len(spoken.onsets)
    assert statistics.median(errors(found, spoken)) <= 0.03


def test_words_outside_the_dictionary_are_found_by_their_phonemes(decoder: Decoder) -> None:
    spoken = speak("Please ask doctor Zorblaxian about the Wumpelford kubernetes cluster before the evening.")
    found = all_anchors(spoken.text, spoken.pcm, decoder)
    assert spoken.text.index("Zorblaxian") in {anchor.char for anchor in found}
    assert statistics.median(errors(found, spoken)) <= 0.03


def test_numbers_are_found_in_any_spoken_form(decoder: Decoder) -> None:
    said = {
        "$1,250.75,": "one thousand two hundred fifty dollars and seventy five cents,",
        "8%": "eight percent",
        "1998": "nineteen ninety eight",
        "48213": "four eight two one three",
    }
    text = "Your total is $1,250.75, which includes 8% tax since 1998 and the order number is 48213 now."
    spoken = speak(text, said=said)
    found = all_anchors(spoken.text, spoken.pcm, decoder)
    assert len({anchor.char for anchor in found}) >= 0.9 * len(spoken.onsets)
    assert statistics.median(errors(found, spoken)) <= 0.03


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("de", "Guten Morgen, ich habe die Karten für das Konzert und wir können mit dem Zug fahren."),
        ("fr", "Bonjour, je vous remercie et nous avons une table pour deux dans le jardin avec les autres."),
    ],
)
def test_other_languages_are_found_by_their_phonemes(voice: str, text: str, decoder: Decoder) -> None:
    spoken = speak(text, voice=voice)
    found = all_anchors(spoken.text, spoken.pcm, decoder)
    assert len(found) >= 0.5 * len(spoken.onsets)
    assert statistics.median(errors(found, spoken)) <= 0.04


@pytest.mark.parametrize("sound", [coloured_noise(8.0), music(8.0), np.zeros(8 * RATE, np.int16)])
def test_audio_without_speech_has_no_anchor(sound: Pcm, decoder: Decoder) -> None:
    assert all_anchors(TEXT, sound, decoder) == []


def test_words_that_were_not_said_have_no_anchor(plain: Spoken, decoder: Decoder) -> None:
    other = "Several engineers quietly disagreed, although nobody wanted another expensive summer without electricity."
    assert all_anchors(other, plain.pcm, decoder) == []


@pytest.mark.parametrize("under", [music, coloured_noise])
@pytest.mark.parametrize("level", [0.3, 1.0])
def test_what_is_found_under_music_or_noise_is_there(
    under: Callable[[float], Pcm], level: float, plain: Spoken, decoder: Decoder
) -> None:
    other = np.resize(under(len(plain.pcm) / RATE), len(plain.pcm)).astype(float)
    scale = level * np.std(plain.pcm) / np.std(other)
    mixed = np.clip(0.5 * (plain.pcm + scale * other), -32768, 32767).astype(np.int16)
    missed = errors(all_anchors(plain.text, mixed, decoder), plain)
    assert sum(miss > 0.2 for miss in missed) <= 1


def test_captions_of_speech_under_music_are_as_good_as_those_of_the_signal(plain: Spoken, decoder: Decoder) -> None:
    under = music(len(plain.pcm) / RATE + 1)[: len(plain.pcm)]
    mixed = (plain.pcm // 2 + under // 4).astype(np.int16)
    signal, anchored = aligner(plain.text, mixed), aligner(plain.text, mixed)
    for anchor in all_anchors(plain.text, mixed, decoder):
        anchored.anchor(anchor.char, anchor.start)
    onsets = list(plain.onsets.values())
    by_signal, by_sound = (
        sorted(abs(caption.start - onset) for caption, onset in zip(each.flush(), onsets, strict=True))
        for each in (signal, anchored)
    )
    assert statistics.median(by_sound) <= statistics.median(by_signal) + FRAME_SECONDS
    assert by_sound[int(0.9 * len(onsets))] <= by_signal[int(0.9 * len(onsets))] + FRAME_SECONDS


def test_words_that_were_said_are_found_beside_those_that_were_not(plain: Spoken, decoder: Decoder) -> None:
    wrong = plain.text
    for word, other in REPLACED:
        wrong = wrong.replace(word, other)
    shifts = {plain.text.index(word): len(other) - len(word) for word, other in REPLACED}
    onsets = {at + sum(by for place, by in shifts.items() if place < at): onset for at, onset in plain.onsets.items()}
    found = all_anchors(wrong, plain.pcm, decoder)
    missed = errors(found, Spoken(wrong, plain.pcm, onsets))
    assert len(missed) >= 0.5 * len(onsets)
    assert max(missed) <= 0.1


@pytest.mark.parametrize("lacking", ["library ", "borrow ", "in the morning. ", "ten books "])
def test_no_word_is_drawn_to_the_place_of_one_that_the_text_lacks(
    lacking: str, plain: Spoken, decoder: Decoder
) -> None:
    begin, length = plain.text.index(lacking), len(lacking)
    left = {at: onset for at, onset in plain.onsets.items() if not begin <= at < begin + length}
    onsets = {at - length * (at > begin): onset for at, onset in left.items()}
    spoken = Spoken(plain.text.replace(lacking, "", 1), plain.pcm, onsets)
    missed = errors(all_anchors(spoken.text, spoken.pcm, decoder), spoken)
    assert len(missed) >= 6
    assert max(missed) <= 0.15


def test_words_are_found_again_after_audio_without_text(plain: Spoken, decoder: Decoder) -> None:
    gap = coloured_noise(3.0)
    late = Spoken(plain.text, np.concatenate([gap, plain.pcm]), {at: onset + 3.0 for at, onset in plain.onsets.items()})
    assert all(missed <= 0.15 for missed in errors(all_anchors(late.text, late.pcm, decoder), late))


def test_text_that_arrives_after_its_audio_is_found(plain: Spoken, decoder: Decoder) -> None:
    forced = ForcedAligner(RATE)
    forced.push_audio(plain.pcm)
    forced.end_audio()
    assert anchors(forced, decoder, 0.0) == []
    forced.push_text(plain.text)
    forced.end_text()
    found = anchors(forced, decoder, 0.5)
    assert len(found) >= 10
    assert statistics.median(errors(found, plain)) <= 0.03


def test_audio_far_beyond_the_text_does_not_lengthen_the_words(plain: Spoken, decoder: Decoder) -> None:
    forced = ForcedAligner(RATE)
    forced.push_audio(plain.pcm)
    forced.push_text(plain.text[:30])
    found = anchors(forced, decoder, 0.5)
    assert found
    assert max(errors(found, plain)) <= 0.1


def test_a_window_ends_shortly_after_the_position(plain: Spoken, decoder: Decoder) -> None:
    forced = ForcedAligner(RATE)
    forced.push_text(plain.text * 20)
    forced.push_audio(np.tile(plain.pcm, 20))
    window = forced.window(0.0)
    assert window is not None
    assert window.end <= 10.0


def test_the_work_is_bounded_where_the_model_cannot_follow(decoder: Decoder) -> None:
    forced = ForcedAligner(RATE)
    forced.push_text(TEXT * 10)
    forced.push_audio(music(20.0))
    decoded = 0.0
    for second in range(20):
        while (window := forced.window(float(second))) is not None:
            decoded += window.end - window.start
            assert forced.take(window, window.decode(decoder)) == []
    assert decoded <= 40.0


@pytest.mark.parametrize("position", [0.0, math.nan, math.inf, -1.0])
def test_text_without_audio_has_no_window(position: float) -> None:
    aligner = ForcedAligner(RATE)
    aligner.push_text("Nothing of this was said.")
    aligner.end_text()
    aligner.end_audio()
    assert aligner.window(position) is None


def test_a_position_after_the_audio_is_its_end() -> None:
    aligner = ForcedAligner(RATE)
    aligner.push_text("Nothing of this was said.")
    aligner.push_audio(np.zeros(RATE * 8, np.int16))
    assert aligner.window(math.inf) is None
    assert aligner.seconds <= 8.0
