"""How alike two sounds of speech are, by the place and the manner in which they are articulated.

A recogniser names a sound by its own phonemes, which are those of the languages it was trained on. A sound that it does
not know it calls by a similar one, so similarity stands for the confusions of the recogniser.
"""

# ruff: noqa: RUF001 — the letters of the phonetic alphabet are what this module is about

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from ..captions.features._frame_table import Float32s
from ..captions.features._phone_model import ACOUSTIC_CLASSES

_VOWELS: Final = {
    "i": (0.0, 0.0, 0), "y": (0.0, 0.0, 1), "ɨ": (0.0, 0.5, 0), "ʉ": (0.0, 0.5, 1), "ɯ": (0.0, 1.0, 0),
    "u": (0.0, 1.0, 1), "ɪ": (0.2, 0.15, 0), "ʏ": (0.2, 0.15, 1), "ᵻ": (0.2, 0.4, 0), "ʊ": (0.2, 0.85, 1),
    "e": (0.35, 0.0, 0), "ø": (0.35, 0.0, 1), "ɘ": (0.35, 0.5, 0), "ɵ": (0.35, 0.5, 1), "ɤ": (0.35, 1.0, 0),
    "o": (0.35, 1.0, 1), "ə": (0.5, 0.5, 0), "ᵊ": (0.5, 0.5, 0), "ɛ": (0.65, 0.05, 0), "œ": (0.65, 0.05, 1),
    "ɜ": (0.6, 0.5, 0), "ɞ": (0.6, 0.5, 1), "ʌ": (0.65, 0.8, 0), "ɔ": (0.65, 1.0, 1), "æ": (0.85, 0.1, 0),
    "ɐ": (0.8, 0.5, 0), "a": (1.0, 0.25, 0), "ɶ": (1.0, 0.1, 1), "ɑ": (1.0, 0.9, 0), "ɒ": (1.0, 1.0, 1),
    "ɚ": (0.5, 0.5, 0), "ɝ": (0.55, 0.5, 0),
}  # fmt: skip
"""Height (0: closed), backness (0: front) and whether the lips are rounded."""

_CONSONANTS: Final = {
    letter: (place, manner, voiced)
    for place, manner, voiced, letters in (
        (0.0, "stop", 0, "p"), (0.0, "stop", 1, "bɓ"), (0.0, "nasal", 1, "m"), (0.05, "nasal", 1, "ɱ"),
        (0.1, "fricative", 0, "fɸ"), (0.1, "fricative", 1, "vβʋ"), (0.2, "fricative", 0, "θ"),
        (0.2, "fricative", 1, "ð"), (0.3, "stop", 0, "t"), (0.3, "stop", 1, "dɗ"), (0.3, "nasal", 1, "n"),
        (0.3, "fricative", 0, "s"), (0.3, "fricative", 1, "z"), (0.3, "lateral", 0, "ɬ"), (0.3, "lateral", 1, "lɫɮ"),
        (0.3, "rhotic", 1, "rɾ"), (0.35, "rhotic", 1, "ɹ"), (0.4, "rhotic", 1, "ɽɻ"), (0.4, "stop", 0, "ʈ"),
        (0.4, "stop", 1, "ɖ"), (0.4, "nasal", 1, "ɳ"), (0.4, "lateral", 1, "ɭ"), (0.45, "fricative", 0, "ʃʂɕ"),
        (0.45, "fricative", 1, "ʒʐʑ"), (0.5, "nasal", 1, "ɲ"), (0.55, "fricative", 0, "ç"),
        (0.55, "fricative", 1, "ʝ"), (0.55, "stop", 0, "c"), (0.55, "stop", 1, "ɟ"), (0.55, "lateral", 1, "ʎ"),
        (0.55, "glide", 1, "jɥ"), (0.7, "glide", 1, "wʍɰ"), (0.75, "stop", 0, "k"), (0.75, "stop", 1, "gɡɠ"),
        (0.75, "nasal", 1, "ŋɴ"), (0.75, "fricative", 0, "xχ"), (0.75, "fricative", 1, "ɣ"), (0.8, "stop", 0, "q"),
        (0.8, "rhotic", 1, "ʁʀ"), (1.0, "fricative", 0, "hħ"), (1.0, "fricative", 1, "ɦ"), (1.0, "stop", 0, "ʔ"),
    )
    for letter in letters
}  # fmt: skip
"""Place (0: the lips, 1: the glottis), manner, and whether the voice sounds."""

_NEAR_MANNERS: Final = (
    {"stop", "fricative"}, {"lateral", "rhotic"}, {"rhotic", "glide"}, {"lateral", "glide"},
)  # fmt: skip
_R_VOWELS: Final = frozenset("ɚɝ")
_NEAR_VOWELS: Final = {
    "j": "iɪyeʏ", "w": "uʊoɔʉ", "ɥ": "yʏ", "ɹ": "ɚɝɜə", "r": "ɚɝɜ", "ɻ": "ɚɝ", "ʁ": "ɚɜɐ", "l": "oʊɔ", "ɫ": "oʊɔ",
}  # fmt: skip

_CLASSES: Final = {
    "AA": "ɑa", "AE": "æ", "AH": "ʌ", "AO": "ɔo", "AX": "ə", "EH": "ɛe", "ER": "ɝɜ", "IH": "ɪ", "IY": "i", "OE": "œø",
    "UE": "y", "UH": "ʊ", "UW": "u", "AN": "ɑɔ", "M": "m", "N": "n", "NG": "ŋ", "L": "l", "R": "ɹ", "RR": "ʁrɾ",
    "W": "w", "Y": "j", "P": "p", "T": "t", "K": "k", "B": "b", "D": "d", "G": "ɡ", "S": "s", "Z": "z", "SH": "ʃ",
    "ZH": "ʒ", "F": "f", "V": "v", "TH": "θ", "DH": "ð", "HH": "h", "X": "xç",
}  # fmt: skip
"""The letters of each acoustic class but silence."""

# benchmarks/captions.py: "people", with align.
_DISTINCT = 0.1  # distance of two letters that are articulated alike
_UNLIKE = 1.6  # distance of a vowel and a consonant
_LIKENESS_SPREAD = 0.25  # distance at which the likeness is 1 / e


def letters(phoneme: str) -> list[str]:
    """The letters of a phoneme that are sounds of their own, without the marks of length, stress and tone."""
    plain = (sign if _is_sound(sign) else unicodedata.normalize("NFD", sign)[0] for sign in phoneme)
    return [letter for letter in plain if _is_sound(letter)]


def _is_sound(letter: str) -> bool:
    return letter in _VOWELS or letter in _CONSONANTS


def is_vowel(letter: str) -> bool:
    """Whether a letter is a vowel."""
    return letter in _VOWELS


def nearest_class(letter: str) -> str:
    """The acoustic class that is most like a letter."""
    return min(_CLASSES, key=lambda name: _distance_to_class(letter, name))


def likeness(tokens: Sequence[str]) -> Float32s:
    """Return how alike each token and each acoustic class are, from 0 to 1: shape (tokens, classes).

    A token of several letters, as a diphthong is, is as like a class as its most similar letter. All are 0 for a token
    that is no sound, and for the class of silence.
    """
    table = np.zeros((len(tokens), len(ACOUSTIC_CLASSES)), np.float32)
    for row, token in enumerate(tokens):
        for column, name in enumerate(ACOUSTIC_CLASSES):
            if name in _CLASSES:
                table[row, column] = _likeness(letters(token), name)
    return table


def _likeness(sounds: Iterable[str], name: str) -> float:
    return max([float(np.exp(-_distance_to_class(sound, name) / _LIKENESS_SPREAD)) for sound in sounds], default=0.0)


def _distance_to_class(sound: str, name: str) -> float:
    return min(_distance(sound, letter) for letter in _CLASSES[name])


def _distance(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in _VOWELS and other in _VOWELS:
        (height, back, rounded), (height2, back2, rounded2) = _VOWELS[one], _VOWELS[other]
        rhotic = 0.3 if len(_R_VOWELS & {one, other}) == 1 and not {one, other} & {"ɜ", "ə"} else 0.0
        return (
            _DISTINCT + 1.3 * abs(height - height2) + 0.8 * abs(back - back2) + 0.25 * abs(rounded - rounded2) + rhotic
        )
    if one in _CONSONANTS and other in _CONSONANTS:
        (place, manner, voiced), (place2, manner2, voiced2) = _CONSONANTS[one], _CONSONANTS[other]
        unlike = 0.0 if manner == manner2 else 0.45 if {manner, manner2} in _NEAR_MANNERS else 0.7
        return _DISTINCT + 0.8 * abs(place - place2) + 0.25 * abs(voiced - voiced2) + unlike
    vowel, consonant = (one, other) if one in _VOWELS else (other, one)
    return 0.5 if vowel in _NEAR_VOWELS.get(consonant, "") else _UNLIKE
