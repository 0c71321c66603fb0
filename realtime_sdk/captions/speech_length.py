"""What a piece of text sounds like, and how long that takes: in phones, as long as a short consonant, and in syllables.

Only proportions matter, for the aligner learns how fast a voice says a phone. Spelling is read as loosely as all
languages need: groups of vowels, consonants, syllables where a script writes those.
"""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import enum
import functools
import unicodedata
from typing import NamedTuple

from .language import ENGLISH
from .reading import read_out

_WORD = 0.8  # every word takes a little on top of its sounds
_VOWEL = 1.4  # a group of vowels
_CONSONANT = 1.0
_VIRAMA = 9  # combining class of the signs that take from a letter of India the vowel it holds,
_INHERENT = 1.2  # so much of it
_SYLLABLE = 3.4  # where a script does not show them
_WEAK = 0.5  # an e at the end of a word is said in some languages and mute in others: half a vowel misses by least

_VOWELS = frozenset("aeiouyæœøəıаеиоуыэюяєіѣαεηιουωაეიოუաեէըիոօ") | frozenset(map(chr, range(0x1161, 0x1176)))
_SILENT = frozenset("ьъ\u110b")  # Cyrillic signs; the placeholder that opens a Hangul syllable without a consonant
_VOWEL_SHARE = 0.6  # of a letter of the scripts
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


class Kind(enum.IntEnum):
    """What the spelling tells of a phone's sound, in any language."""

    VOWEL = 0
    SONORANT = 1  # l, m, n, r, w
    PLOSIVE = 2
    HISS = 3  # s, z, sh, ch
    OTHER = 4  # what is weak, or not the same in all languages: f, h, j


class Phone(NamedTuple):
    """One sound, or the sounds of one letter that can't be told apart."""

    kind: Kind
    length: float


class Sounds(NamedTuple):
    """What there is to say."""

    phones: tuple[Phone, ...]
    syllables: float

    @property
    def length(self) -> float:
        """In phones of usual length."""
        return sum((phone.length for phone in self.phones), 0.0)


_LETTER_NAME = (Phone(Kind.OTHER, 1.2), Phone(Kind.VOWEL, 2.0))  # a letter read by its name, as in "FBI"
_CONSONANTS = {
    Kind.SONORANT: frozenset("lmnrwлмнрйλμνρ"),
    Kind.PLOSIVE: frozenset("bcdgkpqtбгдкптβγδκπτ"),
    Kind.HISS: frozenset("sxzßжзсцчшщζξσςψ"),
}


@functools.lru_cache(4096)
def spoken(text: str, language: str = ENGLISH) -> Sounds:
    """What is said where `text` is read out; nothing for what is not spoken: white space, punctuation, emoji.

    `language`: eSpeak's name of the one in which numbers, signs and abbreviations are read.
    """
    words = [_word(word) for word in read_out(unicodedata.normalize("NFC", text), language)]
    return Sounds(tuple(phone for word in words for phone in word.phones), sum((word.syllables for word in words), 0.0))


def spoken_length(text: str, language: str = ENGLISH) -> float:
    """Phones in `text` as it is read out."""
    return spoken(text, language).length


def _word(word: str) -> Sounds:
    """One run of letters."""
    unsayable = word.isascii() and not _VOWELS.intersection(word.lower())
    if word.isupper() and (1 < len(word) <= 3 or unsayable):
        return Sounds(_LETTER_NAME * len(word), len(word))
    return _sounds(word)


def _sounds(word: str) -> Sounds:
    """A word by its spelling."""
    phones: list[Phone] = []
    syllables, before = 0.0, ""
    letters = unicodedata.normalize("NFKD", word.lower())
    for letter, following in zip(letters, letters[1:] + " ", strict=True):
        if letter in _VOWELS:
            if before not in _VOWELS:
                phones.append(Phone(Kind.VOWEL, _VOWEL))
                syllables += 1
        elif letter == before or letter in _SILENT:
            continue  # a double consonant is one sound
        elif letter == "h" and before not in _VOWELS and before:  # and so are ch, ph, sh and th
            if phones:
                phones[-1] = Phone(Kind.HISS if before in "cs" else Kind.OTHER, phones[-1].length)
            continue
        elif unicodedata.category(letter)[0] == "L":
            written = _letter(letter)
            if written:
                phones += [Phone(Kind.OTHER, (1 - _VOWEL_SHARE) * written), Phone(Kind.VOWEL, _VOWEL_SHARE * written)]
            else:
                phones.append(Phone(_kind(letter, following), _CONSONANT))
            syllables += written / _SYLLABLE
        elif unicodedata.combining(letter) == _VIRAMA and phones:
            phones[-1] = Phone(phones[-1].kind, phones[-1].length - _INHERENT)
            syllables -= _INHERENT / _SYLLABLE
        before = letter
    if _ends_weakly(word.lower()):
        phones[-1] = Phone(Kind.VOWEL, (1 - _WEAK) * _VOWEL)
        syllables -= _WEAK
    if phones:
        phones[0] = Phone(phones[0].kind, phones[0].length + _WORD / 2)
        phones[-1] = Phone(phones[-1].kind, phones[-1].length + _WORD / 2)
    return Sounds(tuple(phones), syllables)


def _kind(consonant: str, following: str) -> Kind:
    """The sound of a consonant; `following`: the letter or the mark after it."""
    if consonant == "c" and (following in "eiy" or unicodedata.combining(following)):
        return Kind.HISS
    return next((kind for kind, letters in _CONSONANTS.items() if consonant in letters), Kind.OTHER)


def _ends_weakly(word: str) -> bool:
    """Whether a word ends in an e after a consonant, as "time" does, which is not its only vowel, as in "the"."""
    return word[-1:] == "e" and word[-2:-1] not in _VOWELS and not _VOWELS.isdisjoint(word[:-2])


def _letter(letter: str) -> float:
    """Phones of a letter of a script that leaves vowels out or writes whole syllables; 0 for those of others."""
    code = ord(letter)
    return next((phones for first, last, phones in _SCRIPTS if first <= code <= last), 0.0)
