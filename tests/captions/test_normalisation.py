"""Spoken forms of text that is more than plain words."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import pytest

from realtime_sdk.captions.text._normalisation import depends_on_language, normalise


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("en-us", "$1,250.75", "one thousand two hundred and fifty dollars seventy five"),
        ("en-us", "1998", "nineteen ninety eight"),
        ("en-us", "9:30", "nine thirty"),
        ("en-us", "5:00 p.m.", "five P M"),
        ("en-us", "3rd", "third"),
        ("en-us", "2026-03-14", "October fourteenth twenty twenty six"),  # any month: only the length matters
        ("en-us", "-5°", "minus five degrees"),
        ("en-us", "555-0147", "five five five zero one four seven"),
        ("en-us", "a_b@example.com", "a underscore b at example dot com"),
        ("en-us", "25km", "twenty five kilometers"),
        ("de", "14:30", "vierzehn Uhr dreißig"),
        ("de", "z.B. 3,5 %", "zum Beispiel drei Komma fünf Prozent"),
        ("de", "1998", "neunzehnhundertachtundneunzig"),
        ("fr", "14h30", "quatorze heures trente"),
        ("fr", "80 %", "quatre vingts pour cent"),
        ("fr", "M. Dupont", "monsieur Dupont"),
        ("es", "12 €", "doce euros"),
        ("it", "21", "ventuno"),
        ("pt-br", "16", "dezesseis"),
        ("ru", "т.е. 20%", "то есть двадцать процентов"),
        ("tr", "7", "yedi"),
        ("ko", "21", "이십일"),
        ("ja", "20%", "二十 パーセント"),
        ("cmn", "35", "三十五"),
        ("el", "7", "seven"),  # num2words has no Greek
    ],
)
def test_text_is_normalised_in_its_language(language: str, written: str, read: str) -> None:
    assert " ".join(normalise(written, language)) == read


def test_a_word_keeps_its_marks() -> None:
    assert list(normalise("मुख्य बजे", "hi")) == ["मुख्य", "बजे"]


@pytest.mark.parametrize(("text", "needs"), [(" word,", False), ("(été)", False), ("7", True), ("e.g.", True)])
def test_plain_words_need_no_language(text: str, needs: bool) -> None:
    assert depends_on_language(text) is needs


def test_a_number_too_long_to_have_a_name_is_spoken() -> None:
    assert len(list(normalise("9" * 400, "en-us"))) == 400
    assert list(normalise("$" + "9" * 6 + "." + "9" * 400, "en-us"))
