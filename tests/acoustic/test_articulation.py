"""How alike the sounds of a recogniser are to the classes of the captions' model."""

# ruff: noqa: RUF001 — the letters of the phonetic alphabet are what this module is about

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.acoustic._articulation import letters, likeness, nearest_class
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES


@pytest.mark.parametrize(
    ("letter", "name"),
    [("s", "S"), ("ɕ", "SH"), ("ŋ", "NG"), ("ɾ", "RR"), ("o", "AO"), ("ø", "OE"), ("β", "V"), ("ɭ", "L"), ("ɜ", "ER")],
)
def test_a_letter_is_nearest_to_the_sound_that_is_made_like_it(letter: str, name: str) -> None:
    assert nearest_class(letter) == name


def test_a_phoneme_is_as_like_a_class_as_its_most_similar_letter() -> None:
    (diphthong,) = likeness(["aɪ"])
    (second,) = likeness(["ɪ"])
    column = ACOUSTIC_CLASSES.index("IH")
    assert diphthong[column] == second[column] == 1.0
    assert diphthong[ACOUSTIC_CLASSES.index("AA")] == 1.0
    assert diphthong[ACOUSTIC_CLASSES.index("S")] < 0.1


def test_what_is_no_sound_and_silence_are_like_nothing() -> None:
    table = likeness(["", "ː", "s"])
    assert not table[:2].any()
    assert not table[:, ACOUSTIC_CLASSES.index("SIL")].any()


def test_each_class_is_most_like_its_own_letter() -> None:
    table = likeness(["s", "m", "i", "ʃ", "t", "ð"])
    assert [ACOUSTIC_CLASSES[column] for column in np.argmax(table, axis=1)] == ["S", "M", "IY", "SH", "T", "DH"]


def test_marks_of_length_stress_and_nasality_are_no_letters() -> None:
    assert letters("ˈɔ̃ː") == ["ɔ"]
    assert letters("ẽ") == ["e"]
    assert letters("ç") == ["ç"]
