"""Pronunciations by eSpeak NG, in the phone classes of the captions' model."""

from __future__ import annotations

import pytest

from realtime_sdk.acoustic import _pronouncer
from realtime_sdk.acoustic._pronouncer import espeak_pronunciation


def names(text: str, language: str = "en-us") -> str:
    pronunciation = espeak_pronunciation(text, language)
    assert pronunciation is not None
    return " ".join(phone.phone_class.name for phone in pronunciation.phones)


@pytest.mark.real
@pytest.mark.parametrize(
    ("text", "language", "phones"),
    [
        ("ship", "en-us", "SH IH P"),
        ("though", "en-us", "DH AO UH"),
        ("bon", "fr", "B ON"),
        ("ich", "de", "IH X"),
        ("año", "es", "AA NJ AO"),
    ],
)
def test_a_word_has_the_phones_that_espeak_gives(text: str, language: str, phones: str) -> None:
    assert names(text, language) == phones


@pytest.mark.real
def test_numbers_are_spoken_in_the_language_of_the_text() -> None:
    assert names("3", "de").startswith("D")
    assert names("3", "en-us").startswith("TH")


@pytest.mark.real
@pytest.mark.parametrize(("text", "language"), [("…", "en-us"), ("hello", "no such voice"), ("日", "ja")])
def test_it_is_left_to_the_spelling_what_espeak_can_not_read(text: str, language: str) -> None:
    assert espeak_pronunciation(text, language) is None


def test_without_espeak_the_spelling_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pronouncer, "_is_installed", lambda: False)
    assert espeak_pronunciation("hello", "en-us") is None
