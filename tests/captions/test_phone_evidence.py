"""What a phoneme recogniser finds, beside the phone model."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk import TranscriptAligner
from realtime_sdk.captions.features._frame_table import Float32s
from realtime_sdk.captions.features._phone_classes import PhoneClass
from realtime_sdk.captions.features._phone_evidence import FRAME_SECONDS, PhoneEvidence
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES
from realtime_sdk.captions.text._pronunciation import Phone, Pronunciation
from realtime_sdk.testing._sounds import noise

from .speech import RATE, Spoken, hum, loaded

CLASSES = len(ACOUSTIC_CLASSES)


def rows(count: int, **likely: float) -> Float32s:
    table = np.zeros((count, CLASSES), np.float32)
    for name, value in likely.items():
        table[:, ACOUSTIC_CLASSES.index(name)] = value
    return table


def test_frames_that_the_recogniser_has_not_reached_are_the_phone_models() -> None:
    evidence, model = PhoneEvidence(), rows(4, S=2.0)
    evidence.put(0, rows(1, M=3.0))
    times = np.array([0.0, 0.01, 0.02, 0.03])
    assert np.array_equal(evidence.added_to(model, times)[2:], model[2:])
    assert not evidence.covers(0.03)


def test_both_count_where_the_recogniser_has_found_something() -> None:
    evidence, model = PhoneEvidence(), rows(1, S=2.0)
    evidence.put(0, rows(1, M=3.0))
    (combined,) = evidence.added_to(model, np.array([0.0]))
    assert combined[ACOUSTIC_CLASSES.index("M")] == pytest.approx(3.0)
    assert combined[ACOUSTIC_CLASSES.index("S")] == pytest.approx(1.0)


def test_where_it_finds_nothing_the_phone_model_counts_in_full() -> None:
    evidence, model = PhoneEvidence(), rows(1, S=2.0)
    evidence.put(0, rows(1))
    assert np.array_equal(evidence.added_to(model, np.array([0.0])), model)


def test_later_evidence_replaces_earlier_and_a_gap_is_unknown() -> None:
    evidence = PhoneEvidence()
    evidence.put(0, rows(100, M=3.0))
    evidence.put(50, rows(10, S=1.0))
    evidence.put(3000, rows(1, M=3.0))
    found = evidence.added_to(rows(3), np.array([1.1, 1.5, 3000 * FRAME_SECONDS - 1]))
    assert found[0, ACOUSTIC_CLASSES.index("M")] == 0.0
    assert found[0, ACOUSTIC_CLASSES.index("S")] == 1.0
    assert found[1, ACOUSTIC_CLASSES.index("M")] == 3.0
    assert not found[2].any()


def starts_with(change: str) -> list[float]:
    """The starts of "la" and "so" in two seconds of one tone whose sound changes at `change`."""
    aligner = loaded(Spoken("la so", hum(2.0), []))
    begin = round(float(change) / FRAME_SECONDS)
    aligner.add_evidence(0.0, np.concatenate([rows(begin, L=3.0, AA=3.0), rows(100 - begin, S=3.0, AO=3.0)]))
    return [caption.start for caption in aligner.flush()]


@pytest.mark.parametrize("onset", ["0.9", "1.2"])
def test_a_word_begins_where_its_sounds_are_found(onset: str) -> None:
    assert starts_with(onset)[1] == pytest.approx(float(onset), abs=0.2)


def test_a_caption_that_rests_on_evidence_is_not_estimated() -> None:
    aligner = loaded(Spoken("One two", hum(1.0), []))
    aligner.add_evidence(0.0, rows(10))
    assert [caption.estimated for caption in aligner.flush()] == [False, True]


def test_evidence_changes_no_caption_that_was_returned() -> None:
    aligner = loaded(Spoken("la so", hum(2.0), []))
    first = aligner.due(0.5)
    aligner.add_evidence(0.0, np.concatenate([rows(90, L=3.0, AA=3.0), rows(10, S=3.0, AO=3.0)]))
    assert [caption.text for caption in first + aligner.flush()] == ["la", " so"]


def test_pronunciations_that_are_given_take_the_place_of_the_spelling() -> None:
    asked: list[tuple[str, str]] = []

    def pronounce(text: str, language: str) -> Pronunciation | None:
        asked.append((text, language))
        return Pronunciation((Phone(PhoneClass.S, 1.0),), 1.0) if "psst" in text else None

    aligner = TranscriptAligner(RATE)
    aligner.pronounce_with(pronounce)
    aligner.push_text("Und psst, das ist nicht der Weg.")
    aligner.end_text()
    aligner.push_audio(hum(2.0))
    assert len(aligner.flush()) == 7
    assert (" psst,", "de") in [(text, language) for text, language in asked] or any(
        "psst" in text for text, _ in asked
    )


def test_evidence_in_noise_is_not_used() -> None:
    def starts(*, recognised: bool) -> list[float]:
        aligner = TranscriptAligner(RATE)
        aligner.push_text("It is noon in London.")
        aligner.end_text()
        aligner.push_audio(noise(2.0, seed=1))
        aligner.end_audio()
        if recognised:
            aligner.add_evidence(0.0, np.concatenate([rows(70, L=3.0, AA=3.0), rows(30, N=3.0, AA=3.0)]))
        return [caption.start for caption in aligner.flush()]

    assert starts(recognised=True) == starts(recognised=False)
