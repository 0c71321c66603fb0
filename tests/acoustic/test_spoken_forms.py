"""Spoken forms, phones, and the language of a text."""

# ruff: noqa: RUF001 — the letters of the phonetic alphabet

from __future__ import annotations

import pytest

from realtime_sdk.acoustic._arpabet import PHONES, arpabet
from realtime_sdk.acoustic._spoken_forms import MAX_SPOKEN_FORMS, spoken_forms
from realtime_sdk.captions.text._language import detect_language


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Don\u2019t,", "don't"),
        (" $12.50", "twelve dollars and fifty cents"),
        ("$12.50", "twelve dollars fifty cents"),
        ("£1", "one pound"),
        ("8%", "eight percent"),
        ("1998,", "nineteen ninety eight"),
        ("1998", "one thousand nine hundred ninety eight"),
        ("48213", "four eight two one three"),
        ("1,250", "one thousand two hundred fifty"),
        ("3.14", "three point one four"),
        ("21st", "twenty first"),
        ("3:05", "three oh five"),
        ("3:00", "three o'clock"),
        ("p.m.", "p m"),
        ("FBI", "f b i"),
        ("NASA", "nasa"),
        ("example.com", "example dot com"),
        ("well-known", "well known"),
    ],
)
def test_text_has_a_spoken_form(text: str, form: str) -> None:
    assert tuple(form.split()) in spoken_forms(text)


@pytest.mark.parametrize("text", ["", " ", "—", "🙂", "..."])
def test_what_is_not_spoken_has_no_spoken_form(text: str) -> None:
    assert spoken_forms(text) == []


def test_the_number_of_spoken_forms_is_bounded() -> None:
    assert len(spoken_forms("1998/1999/2001/2002 $1,234.56" + "9" * 500)) <= MAX_SPOKEN_FORMS


@pytest.mark.parametrize(
    ("phonemes", "english", "phones"),
    [
        (["k", "w", "ˈɪ", "k", "l", "i"], True, "K W IH K L IY"),
        (["s", "ˈɪ", "ɾ", "iː"], True, "S IH D IY"),
        (["p", "ˈe", "ɾ", "o"], False, "P EY R OW"),
        (["b", "ɔ̃", "ʒ", "ˈu", "ʁ"], False, "B AO N ZH UW R"),
        (["tɕ", "ˈi5", "n"], False, "CH IY N"),
    ],
)
def test_phonemes_have_a_nearest_phone(phonemes: list[str], english: bool, phones: str) -> None:
    assert arpabet(phonemes, english=english) == phones.split()


def test_every_phone_is_one_of_the_models() -> None:
    assert len(PHONES) == 39


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The meeting is at noon.", "en-us"),
        ("", "en-us"),
        ("Das ist nicht weit von hier, und ich komme auch.", "de"),
        ("Je ne sais pas où il est, mais nous avons le temps.", "fr"),
        ("Здравствуйте, как дела?", "ru"),
        ("今日はいい天気ですね。", "ja"),
        ("今天天气很好。", "cmn"),
        ("안녕하세요", "ko"),
    ],
)
def test_the_language_is_detected_by_script_and_frequent_words(text: str, language: str) -> None:
    assert detect_language(text) == language
