"""How long a piece of text takes to say: in phones, each the length of one short consonant, and in syllables.

Only proportions matter, for the aligner learns how fast a voice says a phone. Spelling is read as loosely as all
languages need: groups of vowels, consonants, syllables where a script writes those.
"""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import functools
import unicodedata
from typing import NamedTuple

from .language import ENGLISH
from .reading import read_out

_WORD = 0.8  # every word takes a little on top of its sounds
_VOWEL = 1.4  # a group of vowels
_CONSONANT = 1.0
_LETTER_NAME = 3.2  # a letter read by its name, as in "FBI"
_VIRAMA = 9  # combining class of the signs that take from a letter of India the vowel it holds,
_INHERENT = 1.2  # so much of it
_SYLLABLE = 3.4  # where a script does not show them
_WEAK = 0.5  # an e at the end of a word is said in some languages and mute in others: half a vowel misses by least

_VOWELS = frozenset("aeiouyæœøəıаеиоуыэюяєіѣαεηιουωაეიოუաեէըիոօ") | frozenset(map(chr, range(0x1161, 0x1176)))
_SILENT = frozenset("ьъ\u110b")  # Cyrillic signs; the placeholder that opens a Hangul syllable without a consonant
_SCRIPTS = (  # first and last code point, phones a letter: scripts that leave vowels out or write whole syllables
    (0x0590, 0x08FF, 1.7),  # Hebrew, Arabic and their kin
    (0x0900, 0x0DFF, 2.2),  # the scripts of India
    (0x0E00, 0x109F, 1.5),  # Thai, Lao, Tibetan, Myanmar
    (0x1200, 0x139F, 2.2),  # Ethiopic
    (0x1780, 0x17FF, 1.5),  # Khmer
    (0x3040, 0x30FF, 2.0),  # kana
    (0x2E80, 0x9FFF, 3.0),  # Chinese characters, with the next two
    (0xF900, 0xFAFF, 3.0),
    (0x20000, 0x3FFFF, 3.0),
)


class Length(NamedTuple):
    """How much there is to say."""

    phones: float
    syllables: float


@functools.lru_cache(4096)
def spoken(text: str, language: str = ENGLISH) -> Length:
    """How much is said where `text` is read out; nothing for what is not spoken: white space, punctuation, emoji.

    `language`: eSpeak's name of the one in which numbers, signs and abbreviations are read.
    """
    lengths = [_word(word) for word in read_out(unicodedata.normalize("NFC", text), language)]
    return Length(sum((length.phones for length in lengths), 0.0), sum((length.syllables for length in lengths), 0.0))


def spoken_length(text: str, language: str = ENGLISH) -> float:
    """Phones in `text` as it is read out."""
    return spoken(text, language).phones


def _word(word: str) -> Length:
    """One run of letters."""
    unsayable = word.isascii() and not _VOWELS.intersection(word.lower())
    if word.isupper() and (1 < len(word) <= 3 or unsayable):
        return Length(_LETTER_NAME * len(word), len(word))
    return _sounds(word)


def _sounds(word: str) -> Length:
    """A word by its spelling."""
    phones, syllables, before = _WORD, 0.0, ""
    for letter in unicodedata.normalize("NFKD", word.lower()):
        if letter in _VOWELS:
            phones += _VOWEL if before not in _VOWELS else 0.0
            syllables += before not in _VOWELS
        elif letter == before or letter in _SILENT or (letter == "h" and before not in _VOWELS and before):
            continue  # a double consonant is one sound, and so are ch, ph, sh and th
        elif unicodedata.category(letter)[0] == "L":
            written = _letter(letter)
            phones += written or _CONSONANT
            syllables += written / _SYLLABLE
        elif unicodedata.combining(letter) == _VIRAMA:
            phones -= _INHERENT
            syllables -= _INHERENT / _SYLLABLE
        before = letter
    if _ends_weakly(word.lower()):
        phones -= _WEAK * _VOWEL
        syllables -= _WEAK
    return Length(phones, syllables)


def _ends_weakly(word: str) -> bool:
    """Whether a word ends in an e after a consonant, as "time" does, which is not its only vowel, as in "the"."""
    return word[-1:] == "e" and word[-2:-1] not in _VOWELS and not _VOWELS.isdisjoint(word[:-2])


def _letter(letter: str) -> float:
    """Phones of a letter of a script that leaves vowels out or writes whole syllables; 0 for those of others."""
    code = ord(letter)
    return next((phones for first, last, phones in _SCRIPTS if first <= code <= last), 0.0)
