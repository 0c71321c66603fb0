"""Spoken forms of text that is more than plain words."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import pytest

from realtime_sdk.captions.text._normalisation import normalise


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("en-us", "$1,250.75", "dollars? one thousand two hundred and fifty dollars seventy five"),
        ("en-us", "1998", "thousand? nineteen hundred? ninety eight"),
        ("en-us", "9:30", "nine thirty"),
        ("en-us", "5:00 p.m.", "five P M"),
        ("en-us", "3rd", "third"),
        ("en-us", "2026-03-14", "October fourteenth twenty thousand? twenty six"),  # any month: only the length matters
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
        ("en-us", "192.168.0.1", "one nine two dot one six eight dot zero dot one"),
        ("fr", "192.168.0.1", "cent quatre vingt douze point cent soixante huit point zéro point un"),
        ("en-us", "v2.1.13", "v two dot one dot thirteen"),
        ("en-us", "C# F#", "C sharp F sharp"),
        ("en-us", "½ 2½ 1/2 3/4 2/3 24/7", "a half two a half a half three quarters two third twenty four seven"),
        ("en-us", "x² x^2 m³ 10^6", "x squared x squared meters cubed ten to the power of six"),
        ("en-us", "$3.5M 10k", "dollars? three point five million dollars ten thousand"),
        ("en-us", "$2bn", "dollars? two billion dollars"),
        ("en-us", "€1,250.00", "euros? one thousand two hundred and fifty euros"),
        ("en-us", "90210 90000", "nine zero two one zero ninety thousand"),
        ("en-us", "#1 #topic #FF8821", "number one hashtag topic hashtag FF eight eight two one"),
        ("en-us", "10:45:30 1:1", "ten forty five thirty one to one"),
        ("en-us", "20°C 72°F", "twenty degrees Celsius seventy two degrees Fahrenheit"),
        ("en-us", "100 km/h 5m 12kg", "one hundred kilometers per hour five meters twelve kilograms"),
        ("en-us", "IPv6 PCs", "I P V six P C s"),
        ("en-us", "World War II, XIV, MCMXC", "World War two fourteen one thousand nine hundred and ninety"),
        ("en-us", "I did mix CIVIC vitamins", "I did mix CIVIC vitamins"),
        ("en-us", "3×4 3*4 5÷2 ±2 ~50 <5", "three times four three times four five divided by two plus or minus two"
                                            " about fifty less than five"),
        ("en-us", "and/or A/B", "and or A slash B"),
        ("en-us", "1990s", "thousand? nineteen hundred? ninety s"),
        ("de", "3,5 Mio. €1.250,00", "drei Komma fünf Millionen Euro? eintausendzweihundertfünfzig Euro"),
        ("de", "1.000.000", "eine Million"),
        ("de", "5–10 km/h", "fünf bis zehn Kilometer pro Stunde"),
        ("fr", "XIXe 2e n° 5", "dix neuvième deuxième numéro cinq"),
        ("fr", "15/03/2024", "October quinze deux mille vingt quatre"),
        ("es", "m² 1º", "metros al cuadrado primero"),
    ],
)
def test_text_is_normalised_in_its_language(language: str, written: str, read: str) -> None:
    assert " ".join(normalise(written, language)) == read


def test_a_word_keeps_its_marks() -> None:
    assert list(normalise("मुख्य बजे", "hi")) == ["मुख्य", "बजे"]


def test_a_number_too_long_to_have_a_name_is_spoken() -> None:
    assert len(list(normalise("9" * 400, "en-us"))) == 400
    assert list(normalise("$" + "9" * 6 + "." + "9" * 400, "en-us"))
