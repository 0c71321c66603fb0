"""Silence, noise, hum and music between the words of a message: the words after them are due when they are audible."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from realtime_sdk.acoustic._clip import align
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions.features._phone_likelihoods import PhoneLikelihoods

from .speech import RATE, listen, loaded, silence, speak, text_of

pytestmark = pytest.mark.usefixtures("spelled_as_spoken")

BEFORE = speak("Breathe in deep-ly, through the nose.")
BEHIND = speak("Now let it go a-gain, and o-pen both eyes.")


def noise(seconds: float) -> Pcm:
    return np.random.default_rng(0).normal(0.0, 800.0, to_frames(seconds, RATE)).astype(np.int16)


def music(seconds: float) -> Pcm:
    """Three tones that get louder and softer twice a second."""
    t = np.arange(to_frames(seconds, RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * tone * t) for tone in (220, 277, 330))
    return (2500 * tones * (0.6 + 0.4 * np.sign(np.sin(2 * np.pi * 2 * t)))).astype(np.int16)


def mains_hum(seconds: float, frequency: float = 50.0) -> Pcm:
    t = np.arange(to_frames(seconds, RATE)) / RATE
    tones = np.arange(1, 8)
    return (2000 * (1 / tones) @ np.sin(2 * np.pi * frequency * tones[:, None] * t)).astype(np.int16)


def message(between: Pcm) -> tuple[TranscriptAligner, list[float], float]:
    """An aligner with the two sentences and a pause between them; the onsets of the words, and the duration."""
    aligner = TranscriptAligner(RATE)
    aligner.push_text(f"{BEFORE.text} {BEHIND.text}")
    aligner.end_text()
    pcm = np.concatenate([BEFORE.pcm, between, BEHIND.pcm])
    aligner.push_audio(pcm)
    aligner.end_audio()
    behind = BEFORE.seconds + len(between) / RATE
    return aligner, BEFORE.onsets + [behind + onset for onset in BEHIND.onsets], len(pcm) / RATE


@pytest.mark.parametrize("seconds", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("between", [silence, noise, music, mains_hum])
def test_words_after_a_long_pause_are_due_when_audible(between: Callable[[float], Pcm], seconds: float) -> None:
    aligner, onsets, end = message(between(seconds))
    came = listen(aligner, 0.0, end, step=0.05)
    assert text_of([caption for _, caption in came]) == aligner.text
    assert [position for position, _ in came] == pytest.approx(onsets, abs=0.35)


@pytest.mark.parametrize("between", [silence, noise, music, mains_hum])
def test_flush_places_words_after_a_long_pause(between: Callable[[float], Pcm]) -> None:
    aligner, onsets, _ = message(between(30.0))
    assert [caption.start for caption in aligner.flush()] == pytest.approx(onsets, abs=0.3)


@pytest.mark.parametrize("frequency", [50.0, 60.0])
@pytest.mark.parametrize("level", [1, 4])
def test_the_hum_of_the_mains_is_no_speech(frequency: float, level: int) -> None:
    likelihoods = PhoneLikelihoods(RATE)
    likelihoods.push(np.concatenate([BEFORE.pcm, level * mains_hum(6.0, frequency), BEHIND.pcm]))
    ((begin, end),) = likelihoods.non_speech()
    assert [begin / 100, end / 100] == pytest.approx([BEFORE.seconds, BEFORE.seconds + 6.0], abs=0.6)


def test_a_cut_after_a_long_pause_returns_the_words_heard() -> None:
    aligner, onsets, _ = message(silence(30.0))
    cut = onsets[len(BEFORE.words) + 3] - 0.05
    assert text_of(aligner.finish(cut)) == f"{BEFORE.text} Now let it"


def test_audio_and_text_around_a_long_pause_may_arrive_as_they_are_played() -> None:
    _, onsets, end = message(silence(20.0))
    pcm = np.concatenate([BEFORE.pcm, silence(20.0), BEHIND.pcm])
    words = [*BEFORE.words, " " + BEHIND.words[0], *BEHIND.words[1:]]
    aligner, came, step = TranscriptAligner(RATE), [], to_frames(0.1, RATE)
    for at in range(0, len(pcm), step):
        aligner.push_audio(pcm[at : at + step])
        while words and onsets[-len(words)] <= at / RATE + 0.3:
            aligner.push_text(words.pop(0))
        came += [(at / RATE, caption) for caption in aligner.due(at / RATE)]
    assert [position for position, _ in came] == pytest.approx(onsets[: len(came)], abs=0.35)
    assert len(came) >= len(onsets) - 1  # the last may still grow
    assert text_of([caption for _, caption in came] + aligner.flush()) == f"{BEFORE.text} {BEHIND.text}"
    assert end > 20.0


def test_music_after_the_last_word_spoken_leaves_the_rest_to_flush() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text(BEFORE.text + " More that is never said.")
    aligner.end_text()
    aligner.push_audio(np.concatenate([BEFORE.pcm, music(25.0)]))
    aligner.end_audio()
    came = listen(aligner, 0.0, 20.0, step=0.1)
    assert text_of([caption for _, caption in came]).startswith(BEFORE.text)
    assert text_of([caption for _, caption in came] + aligner.flush()) == aligner.text


def test_a_word_longer_than_a_window_does_not_delay_those_after_it() -> None:
    number = "-".join(["ba", "te", "mi", "so", "lu"] * 16)  # 16 s in one breath
    spoken = speak(f"Here: {number}, and thanks.")
    came = listen(loaded(spoken), 0.0, spoken.seconds, step=0.05)
    assert [caption.text for _, caption in came] == spoken.words
    assert came[-1][0] == pytest.approx(spoken.onsets[-1], abs=0.6)


def test_text_that_ends_long_before_the_audio_is_returned_once() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text(BEFORE.text)
    aligner.end_text()
    aligner.push_audio(np.concatenate([BEFORE.pcm, *[BEHIND.pcm] * 12]))
    aligner.end_audio()
    came = [caption for _, caption in listen(aligner, 0.0, 40.0, step=0.5)]
    assert text_of(came + aligner.flush()) == BEFORE.text


def test_much_white_space_is_split_in_linear_time() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("One" + " \n" * 50_000)
    aligner.push_audio(BEFORE.pcm)
    aligner.end_audio()
    assert text_of(aligner.due(1.0) + aligner.flush()) == aligner.text


@pytest.mark.parametrize("position", [math.nan, -1.0, -1e12, -math.inf])
def test_an_invalid_position_is_the_start(position: float) -> None:
    aligner, _, _ = message(silence(1.0))
    assert aligner.due(position) == []
    assert aligner.finish(position) == []


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf, 1e308])
def test_times_that_are_not_finite_are_ignored(seconds: float) -> None:
    anchored, other = message(silence(1.0))[0], message(silence(1.0))[0]
    anchored.anchor(0, seconds)
    assert anchored.flush() == other.flush()
    aligner = TranscriptAligner(RATE)
    aligner.push_text(BEFORE.text, seconds, seconds)
    aligner.push_audio(BEFORE.pcm)
    assert [caption.start for caption in aligner.flush()] == pytest.approx(BEFORE.onsets, abs=0.15)


def test_align_places_words_after_a_long_pause() -> None:
    pcm = np.concatenate([BEFORE.pcm, silence(15.0), BEHIND.pcm])
    captions = align(pcm, f"{BEFORE.text} {BEHIND.text}")
    first = captions[len(BEFORE.words)]
    assert first.text == " Now"
    assert first.start == pytest.approx(BEFORE.seconds + 15.0, abs=0.15)


@pytest.mark.parametrize("between", [silence, noise, music, mains_hum])
def test_a_long_stretch_without_a_voice_is_found(between: Callable[[float], Pcm]) -> None:
    likelihoods = PhoneLikelihoods(RATE)
    likelihoods.push(np.concatenate([silence(0.5), BEFORE.pcm, between(12.0), BEHIND.pcm]))
    ((first, behind),) = likelihoods.non_speech()
    assert first * 0.01 == pytest.approx(0.5 + BEFORE.seconds, abs=0.5)  # the pause after the sentence is part of it
    assert behind * 0.01 == pytest.approx(12.5 + BEFORE.seconds, abs=0.25)


def test_speech_is_no_such_stretch_however_it_arrives() -> None:
    likelihoods, pcm = PhoneLikelihoods(RATE), np.concatenate([BEFORE.pcm, BEHIND.pcm] * 4)
    for at in range(0, len(pcm), 4321):
        likelihoods.push(pcm[at : at + 4321])
        assert likelihoods.non_speech() == []


def test_in_noise_from_the_start_everything_counts_as_speech() -> None:
    likelihoods = PhoneLikelihoods(RATE)
    likelihoods.push(noise(8.0))
    assert likelihoods.non_speech() == []
