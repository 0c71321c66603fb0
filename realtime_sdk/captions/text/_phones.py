"""What a piece of text sounds like: the phones that its letters stand for, as loosely as all languages need.

Unicode's names of letters spell their sounds, whatever the script: "LATIN SMALL LETTER S", "HIRAGANA LETTER SA",
"DEVANAGARI LETTER SHA", "HEBREW LETTER SHIN", "HANGUL CHOSEONG SIOS".
"""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from ..features._kinds import Kind
from ._language import ENGLISH
from ._reading import read_out


class Phone(NamedTuple):
    """One sound, or the sounds of one letter that can't be told apart."""

    kind: Kind
    length: float  # 1: that of a usual consonant
    optional: bool = False  # it may as well be mute


class Sounds(NamedTuple):
    """What there is to say."""

    phones: tuple[Phone, ...]
    syllables: float

    @property
    def length(self) -> float:
        """In phones of usual length."""
        return sum((phone.length for phone in self.phones), 0.0)


_VOWEL_LENGTH = 1.4
_LENGTHENED = 0.3  # what other vowels add to the one before them
_CONSONANT_LENGTH = 1.0
_WORD_LENGTH = 0.8  # every word takes a little on top of its sounds
_WEAK_E = Phone(Kind.E, 0.7, optional=True)  # at the end of a word it is said in some languages and mute in others
_UNSPELLED = Phone(Kind.ANY, _VOWEL_LENGTH)  # what a word without a vowel has in its place: "hm", "krk"
_LETTER_NAME = (Phone(Kind.ANY, 1.2), Phone(Kind.E, 2.0))  # a letter read by its name, as in "FBI"
_UNWRITTEN, _UNKNOWN = "~", "#"  # in a spelling: a vowel that a script leaves out, a character that spells no sound
_OTHERS = {_UNWRITTEN: (Phone(Kind.ANY, 0.7),), _UNKNOWN: (Phone(Kind.ANY, 1.2), Phone(Kind.ANY, 1.8))}

_VOWELS = {"a": Kind.A, "e": Kind.E, "i": Kind.I, "o": Kind.O, "u": Kind.U, "y": Kind.I}
_SYLLABLES = {**dict.fromkeys(_VOWELS.values(), 1.0), Kind.ANY: 0.5}
_CONSONANTS = {
    **dict.fromkeys("mn", Kind.NASAL),
    **dict.fromkeys(["l", "r", "w", "y", "wh"], Kind.LIQUID),
    **dict.fromkeys([*"ckpqt", "ck"], Kind.VOICELESS),
    **dict.fromkeys("bdgv", Kind.VOICED),
    **dict.fromkeys(["s", "x", "z", "sh", "ch", "zh", "ts"], Kind.HISS),
    **dict.fromkeys(["f", "h", "j", "gh", "kh", "ph", "th"], Kind.WEAK),
}
_SOUND = re.compile(r"(?P<vowels>(?!y[aeiou])[aeiouy]+)|[cgkpstwz]h|ck|ts|[a-z~#]")
_FIRST = re.compile(r"[cgkpstz]h|ts|[a-z]")
_SOFT_C = re.compile(r"c(?=[eiy])")
_NAME = re.compile(
    r"(?P<script>\w+) .*\b(?:LETTER|SYLLABLE|CHOSEONG|JUNGSEONG|JONGSEONG|VOWEL SIGN|SARA|CHARACTER(?! MAI| SARA))"
    r"(?: (?:DOTLESS|FINAL|OPEN|SHARP|SHORT|SMALL))* (?P<sounds>[A-Z]+)"
)
_SYLLABARIES = frozenset(["CHEROKEE", "ETHIOPIC", "HIRAGANA", "KATAKANA", "VAI", "YI"])
_ABUGIDAS = frozenset([
    "BALINESE", "BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "JAVANESE", "KANNADA", "KHMER", "MALAYALAM", "MYANMAR",
    "ORIYA", "SINHALA", "TAMIL", "TELUGU", "TIBETAN",
])  # fmt: skip
"""Scripts whose consonants hold an a, which the sign of another vowel replaces."""
_ABJADS = frozenset(["ARABIC", "HEBREW", "SYRIAC"])
_VIRAMA = 9  # combining class of the signs that take the a from a consonant
_IRREGULAR = {"г": "g", "ь": "", "ъ": "", "\u110b": "", "\u11bc": "n"}  # Hangul's ieung is mute before a vowel


@functools.lru_cache(4096)
def spoken(text: str, language: str = ENGLISH) -> Sounds:
    """What is said where `text` is read out; nothing for what is not spoken: white space, punctuation, emoji.

    `language`: eSpeak's name of the one in which numbers, signs and abbreviations are read.
    """
    words = read_out(unicodedata.normalize("NFC", text), language)
    phones = tuple(phone for word in words for phone in _word(word))
    return Sounds(phones, sum((_SYLLABLES.get(phone.kind, 0.0) for phone in phones), 0.0))


def spoken_length(text: str, language: str = ENGLISH) -> float:
    """Phones in `text` as it is read out."""
    return spoken(text, language).length


def _word(word: str) -> tuple[Phone, ...]:
    """One run of letters."""
    unsayable = word.isascii() and not _VOWELS.keys() & set(word.lower())
    if word.isupper() and (1 < len(word) <= 3 or unsayable):
        return _LETTER_NAME * len(word)
    phones = list(_phones(_spelling(word.lower())))
    if len(phones) > 2 and word[-1] in "eE":
        phones[-1] = _WEAK_E
    if len(phones) > 1 and not any(phone.kind in _SYLLABLES for phone in phones):
        phones.insert(1, _UNSPELLED)
    if phones:
        phones[0] = phones[0]._replace(length=phones[0].length + _WORD_LENGTH / 2)
        phones[-1] = phones[-1]._replace(length=phones[-1].length + _WORD_LENGTH / 2)
    return tuple(phones)


def _phones(spelling: str) -> Iterator[Phone]:
    """The phones of a word in Latin letters."""
    before = ""
    for sound in _SOUND.finditer(_SOFT_C.sub("s", spelling)):
        if vowels := sound["vowels"]:
            yield Phone(_VOWELS[vowels[0]], _VOWEL_LENGTH + _LENGTHENED * (len(vowels) > 1))
        elif sound[0] in _OTHERS:
            yield from _OTHERS[sound[0]]
        elif sound[0] != before:  # a double consonant is one sound
            yield Phone(_CONSONANTS.get(sound[0], Kind.ANY), _CONSONANT_LENGTH)
        before = sound[0]


def _spelling(word: str) -> str:
    """A word in small letters, in Latin ones."""
    spelling = ""
    for letter in unicodedata.normalize("NFKD", word):
        if unicodedata.combining(letter) == _VIRAMA or "VOWEL SIGN" in unicodedata.name(letter, ""):
            spelling = spelling.removesuffix("a")
        spelling += _latin(letter)
    return spelling


@functools.lru_cache(4096)
def _latin(letter: str) -> str:
    """The Latin letters that a letter sounds like; none for what is silent."""
    name = _NAME.match(unicodedata.name(letter, ""))
    if letter in _IRREGULAR:
        return _IRREGULAR[letter]
    if name is None:
        return _UNKNOWN if unicodedata.category(letter) == "Lo" else ""
    script, sounds = name["script"], name["sounds"].lower()
    if script in _SYLLABARIES or script in _ABUGIDAS:
        return sounds
    if _VOWELS.keys() >= set(sounds) or (script == "HANGUL" and sounds[0] == "w"):
        return sounds[-1]  # "IE", "YA", "EO"
    if script == "CYRILLIC" and sounds[0] == "e":
        sounds = sounds[1:]  # "EF", "EL", "ES"
    first = _FIRST.match(sounds)
    return (first[0] if first is not None else "") + (_UNWRITTEN if script in _ABJADS else "")
