"""How long text takes to say, as proportions: only they matter."""

from __future__ import annotations

import pytest

from realtime_sdk.captions.speech_length import Kind, spoken, spoken_length


def test_longer_words_take_longer() -> None:
    lengths = [spoken_length(word) for word in ("a", "the", "water", "yesterday", "internationalization")]
    assert lengths == sorted(lengths)
    assert lengths[-1] > 4 * lengths[1]


@pytest.mark.parametrize("text", ["", " ", "—", "...", "👍", "!?", '"', "\n"])
def test_what_is_not_spoken_has_no_length(text: str) -> None:
    assert spoken_length(text) == 0


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$1,250.75", "one thousand two hundred and fifty dollars seventy five"),
        ("1998", "nineteen ninety eight"),
        ("8%", "eight percent"),
        ("14", "fourteen"),
        ("555-0147", "five five five zero one four seven"),
        ("9:30", "nine thirty"),
        ("3.14", "three point one four"),
        ("384,400", "three hundred eighty four thousand four hundred"),
        ("Dr.", "doctor"),
        ("25km", "twenty five kilometers"),
        ("R&D", "are and Dee"),
        ("example.com", "example dot com"),
        ("and/or", "and slash or"),
    ],
)
def test_numbers_signs_and_abbreviations_last_as_long_as_they_are_read_out(written: str, spoken: str) -> None:
    assert spoken_length(written) == pytest.approx(sum(map(spoken_length, spoken.split())), rel=0.2)


def test_letters_read_by_their_names_take_longer_than_a_word_of_them() -> None:
    assert spoken_length("FBI") > spoken_length("fib")
    assert spoken_length("p.m.") > spoken_length("pm")
    assert spoken_length("HTML") > spoken_length("NASA")


def test_accents_width_and_doubled_letters_make_no_difference() -> None:
    assert spoken_length("señor") == spoken_length("senor")
    assert spoken_length("letter") == spoken_length("leter")


def test_an_e_at_the_end_may_be_mute() -> None:
    assert spoken_length("tim") < spoken_length("time") < spoken_length("timé")
    assert spoken_length("the") == spoken_length("thé")


@pytest.mark.parametrize("word", ["图", "日", "물", "का", "كتاب", "дом", "σπίτι", "ไทย", "ሰላም", "տուն", "სახლი"])
def test_every_script_has_a_length(word: str) -> None:
    assert 1 < spoken_length(word) / len(word) < 5


def test_spelling_tells_the_kind_of_a_sound() -> None:
    assert [phone.kind for phone in spoken("shops").phones] == [Kind.HISS, Kind.VOWEL, Kind.PLOSIVE, Kind.HISS]
    assert [phone.kind for phone in spoken("città").phones] == [Kind.HISS, Kind.VOWEL, Kind.PLOSIVE, Kind.VOWEL]
    assert [phone.kind for phone in spoken("снег").phones] == [Kind.HISS, Kind.SONORANT, Kind.VOWEL, Kind.PLOSIVE]
    assert {phone.kind for phone in spoken("图").phones} == {Kind.OTHER, Kind.VOWEL}
