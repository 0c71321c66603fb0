"""The language of a text, of which a transcript has only the first words at first."""

# ruff: noqa: RUF001 — letters of many languages are what this module is about

from __future__ import annotations

import pytest

from realtime_sdk.captions.text._language import detect_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-us", "Hello!"),
        ("en-us", "Sure, no problem."),
        ("en-us", "Come on in."),
        ("de", "Hallo, wie geht's?"),
        ("de", "Guten Tag!"),
        ("de", "Das Wetter ist schön."),
        ("fr", "Bonjour !"),
        ("fr", "Salut, ça va ?"),
        ("fr", "C\u2019est d'accord, merci."),
        ("es", "¡Hola! ¿Qué tal?"),
        ("es", "Buenos días."),
        ("es", "Vale, gracias."),
        ("it", "Ciao, come stai?"),
        ("it", "Va bene, grazie."),
        ("pt-br", "Olá, tudo bem?"),
        ("pt-br", "Meu nome é João."),
        ("nl", "Hallo, hoe gaat het?"),
        ("pl", "Dzień dobry."),
        ("sv", "Hej, hur mår du?"),
        ("tr", "Merhaba, nasılsın?"),
        ("fi", "Kiitos, hyvä näin."),
        ("cs", "Děkuji, dobrý den."),
        ("ru", "Привет!"),
        ("ja", "こんにちは"),
        ("cmn", "你好"),
    ],
)
def test_a_few_words_show_the_language(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_a_text_without_evidence_counts_as_english() -> None:
    assert detect_language("") == detect_language("Xylophon 42") == "en-us"


def test_a_foreign_name_does_not_make_another_language_of_a_text() -> None:
    assert detect_language("I met José and Zoë at the café in the old town.") == "en-us"
