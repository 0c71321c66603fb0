"""Phonemes of any language mapped to the nearest phones of the English acoustic model."""

# ruff: noqa: RUF001 — the letters of the phonetic alphabet are what this module is about

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

_MAX_PHONES: Final = 100  # of one pronunciation; a longer one is no word

# Letters of the phonetic alphabet; those of two or more come before their parts.
_ARPABET: Final = {
    "tʃ": "CH", "dʒ": "JH", "tɕ": "CH", "dʑ": "JH", "ts": "T S", "dz": "D Z", "tɬ": "T L", "pf": "P F",
    "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "ɔø": "OY", "ɔʏ": "OY", "juː": "Y UW",
    "aɪə": "AY AH", "aɪɚ": "AY ER", "iə": "IY AH", "eə": "EH R", "ʊə": "UH R", "ɪə": "IH R",
    "ai": "AY", "au": "AW", "ei": "EY", "ou": "OW", "oi": "OY", "ɑu": "AW", "ɑi": "AY",
    "a": "AA", "ɑ": "AA", "ɐ": "AH", "ɒ": "AA", "æ": "AE", "ʌ": "AH", "ə": "AH", "ᵊ": "AH", "ɵ": "UH", "ɤ": "AH",
    "ɜ": "ER", "ɚ": "ER", "ɝ": "ER", "ɞ": "ER", "e": "EY", "ɛ": "EH", "ø": "ER", "œ": "ER", "ɘ": "AH",
    "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɨ": "IH", "y": "UW", "ʏ": "UH", "ɯ": "UH", "u": "UW", "ʉ": "UW", "ʊ": "UH",
    "o": "OW", "ɔ": "AO", "b": "B", "β": "V", "ɓ": "B", "c": "K", "ç": "SH", "ɕ": "SH", "d": "D", "ð": "DH",
    "ɖ": "D", "ɗ": "D", "f": "F", "ɸ": "F", "g": "G", "ɡ": "G", "ɠ": "G", "ɣ": "G", "h": "HH", "ɦ": "HH",
    "ħ": "HH", "j": "Y", "ʝ": "Y", "ɟ": "JH", "k": "K", "l": "L", "ɫ": "L", "ɬ": "L", "ɭ": "L", "ʎ": "L Y",
    "m": "M", "ɱ": "M", "n": "N", "ɲ": "N Y", "ɳ": "N", "ŋ": "NG", "ɴ": "NG", "p": "P", "q": "K", "r": "R",
    "ɹ": "R", "ɾ": "D", "ɽ": "R", "ʀ": "R", "ʁ": "R", "ɻ": "R", "s": "S", "ʂ": "SH", "ʃ": "SH", "t": "T",
    "ʈ": "T", "v": "V", "ʋ": "V", "w": "W", "ʍ": "W", "ɰ": "W", "ɥ": "W", "x": "HH", "χ": "HH", "z": "Z",
    "ʐ": "ZH", "ʑ": "ZH", "ʒ": "ZH", "θ": "TH", "ɮ": "L",
}  # fmt: skip
PHONES: Final = sorted({phone for phones in _ARPABET.values() for phone in phones.split()})
"""The phones of the model."""

_NASAL: Final = "\u0303"  # the tilde over a vowel
_TAP: Final = "ɾ"  # the t of American "city"; in other languages an r


def arpabet(phonemes: Iterable[str], *, english: bool) -> list[str]:
    """Return the phones of phonemes in the phonetic alphabet; one without a counterpart is left out."""
    phones: list[str] = []
    for phoneme in phonemes:
        decomposed = unicodedata.normalize("NFD", phoneme)
        plain = unicodedata.normalize("NFC", decomposed.replace(_NASAL, ""))
        # Marks of stress, length and tone, which are no letters or modify one, change no phone.
        letters = "".join(letter for letter in plain if unicodedata.category(letter) in ("Ll", "Lo"))
        phones += _phones(letters if english else letters.replace(_TAP, "r"))
        if _NASAL in decomposed:
            phones.append("N")
    return phones[:_MAX_PHONES]


def _phones(letters: str) -> list[str]:
    phones: list[str] = []
    while letters:
        length = next((length for length in (3, 2) if letters[:length] in _ARPABET), 1)
        phones += _ARPABET.get(letters[:length], "").split()
        letters = letters[length:]
    return phones
