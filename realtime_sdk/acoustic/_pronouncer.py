"""Pronunciations of words by eSpeak NG, in the phone classes of the captions' model."""

# ruff: noqa: RUF001 — the letters of the phonetic alphabet are what this module is about

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Final

from ..captions.features._phone_classes import PhoneClass
from ..captions.text._normalisation import PERHAPS, normalise
from ..captions.text._pronunciation import Phone, Pronunciation, perhaps_spoken
from ..errors import UsageError
from ._articulation import is_vowel, letters, nearest_class
from ._espeak import espeak

# benchmarks/captions.py: "people", with align. Lengths in phones.
_VOWEL_LENGTH: Final = 1.4
_LONG: Final = 0.3  # by which a long vowel is longer
_CONSONANT_LENGTH: Final = 1.0
_PART_OF_PHONEME: Final = 0.6  # of its length, for each letter of a diphthong or an affricate
_WORD_LENGTH: Final = 0.8  # a word is this much longer than its phones

_NASAL: Final = "\u0303"  # the tilde over a vowel
_NASAL_VOWELS: Final = {"ɑ": PhoneClass.AN, "ɔ": PhoneClass.ON, "ɛ": PhoneClass.EN, "œ": PhoneClass.EN}
_PALATAL_NASAL: Final = "ɲ"
_LONG_MARK: Final = "ː"
_OTHER_LANGUAGE: Final = "("  # begins the mark of a phoneme that eSpeak takes from another language's voice


def espeak_pronunciation(text: str, language: str) -> Pronunciation | None:
    """Return the pronunciation of `text` in an eSpeak voice.

    None where there is none: eSpeak NG is not installed, has no such voice, or can't read the script.
    """
    words = list(normalise(text, language)) if _is_installed() else []
    spoken = " ".join(word for word in words if not word.endswith(PERHAPS))
    pronunciation = _pronounced(spoken, language) if spoken else None
    perhaps = tuple(perhaps_spoken(word, language) for word in words if word.endswith(PERHAPS))
    return pronunciation and pronunciation._replace(phones=perhaps + pronunciation.phones)


@cache
def _is_installed() -> bool:
    return find_spec("espeakng_loader") is not None


@lru_cache(4096)
def _pronounced(spoken: str, language: str) -> Pronunciation | None:
    try:
        phonemes = espeak().phonemes(language, spoken)
    except UsageError:
        return None
    if any(phoneme.startswith(_OTHER_LANGUAGE) for phoneme in phonemes):
        return None
    phones = [phone for phoneme in phonemes for phone in _phones(phoneme)]
    if not phones:
        return None
    syllables = float(sum(any(map(is_vowel, letters(phoneme))) for phoneme in phonemes))
    phones[0] = phones[0]._replace(length=phones[0].length + _WORD_LENGTH / 2)
    phones[-1] = phones[-1]._replace(length=phones[-1].length + _WORD_LENGTH / 2)
    return Pronunciation(tuple(phones), syllables)


@cache
def _phones(phoneme: str) -> tuple[Phone, ...]:
    sounds = letters(phoneme)
    part = _PART_OF_PHONEME if len(sounds) > 1 else 1.0
    long = _LONG * (_LONG_MARK in phoneme)
    nasal = _NASAL in unicodedata.normalize("NFD", phoneme)
    return tuple(
        Phone(_phone_class(sound, nasal), part * (_VOWEL_LENGTH + long) if _is_full_vowel(sound) else _CONSONANT_LENGTH)
        for sound in sounds
    )


def _phone_class(letter: str, nasal: bool) -> PhoneClass:
    if nasal and letter in _NASAL_VOWELS:
        return _NASAL_VOWELS[letter]
    return PhoneClass.NJ if letter == _PALATAL_NASAL else PhoneClass[nearest_class(letter)]


def _is_full_vowel(letter: str) -> bool:
    return is_vowel(letter) and letter not in ("ə", "ᵊ")
