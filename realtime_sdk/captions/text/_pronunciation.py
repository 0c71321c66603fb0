"""Pronunciations: the phone classes of a text's letters, coarse enough for all languages.

The Unicode names of letters spell their sounds in any script: "LATIN SMALL LETTER S", "HIRAGANA LETTER SA",
"DEVANAGARI LETTER SHA", "HEBREW LETTER SHIN", "HANGUL CHOSEONG SIOS".
"""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..features._phone_classes import PhoneClass, Phones
from ._chinese import chinese_phones
from ._english import english_phones
from ._japanese import japanese_phones
from ._language import ENGLISH, JAPANESE
from ._normalisation import PERHAPS, normalise
from ._orthographies import ORTHOGRAPHIES


class Phone(NamedTuple):
    """One phone, or the phones of one letter that are not distinguished."""

    phone_class: PhoneClass
    length: float  # 1: a usual consonant
    spoken: float = 1.0  # how often it is spoken

    @property
    def optional(self) -> bool:
        """Whether it may be silent."""
        return self.spoken < 1


class Pronunciation(NamedTuple):
    """The phones of a text."""

    phones: tuple[Phone, ...]
    syllables: float

    @property
    def length(self) -> float:
        """Length in phones of usual length, as far as they are usually spoken."""
        return sum((phone.length * phone.spoken for phone in self.phones), 0.0)


# benchmarks/captions.py: "4x", "degraded". Lengths in phones.
_VOWEL_LENGTH = 1.4
_LENGTHENED = 0.3  # by which further vowels lengthen the one before them
_REDUCED_LENGTH = 0.8  # of an unstressed vowel
_CONSONANT_LENGTH = 1.0
_WORD_LENGTH = 0.8  # a word is this much longer than its phones
_SOMETIMES, _SELDOM = 0.5, 0.0  # how often: a phone of a word, a whole word that few speak
_FINAL_E = Phone(PhoneClass.E, 0.7, _SOMETIMES)  # silent in some languages
_IMPLIED_VOWEL = Phone(PhoneClass.ANY, _VOWEL_LENGTH)  # in place of the vowel that a word has not: "hm", "krk"
_LETTER_NAME = (Phone(PhoneClass.ANY, 1.2), Phone(PhoneClass.E, 2.0))  # as in "FBI"
_UNWRITTEN, _UNKNOWN = "~", "#"  # in a spelling: an unwritten vowel; a character without a sound
_PLACEHOLDERS = {
    _UNWRITTEN: (Phone(PhoneClass.ANY, 0.7),),
    _UNKNOWN: (Phone(PhoneClass.ANY, 1.2), Phone(PhoneClass.ANY, 1.8)),
}

_VOWELS = {
    "a": PhoneClass.A, "e": PhoneClass.E, "i": PhoneClass.I, "o": PhoneClass.O, "u": PhoneClass.U, "y": PhoneClass.I,
}  # fmt: skip
_FINE_VOWELS = {
    PhoneClass.AA, PhoneClass.AE, PhoneClass.AH, PhoneClass.AO, PhoneClass.AW, PhoneClass.AY, PhoneClass.EH,
    PhoneClass.ER, PhoneClass.EY, PhoneClass.IH, PhoneClass.IY, PhoneClass.OW, PhoneClass.OY, PhoneClass.UH,
    PhoneClass.UW, PhoneClass.OE, PhoneClass.UE, PhoneClass.AN, PhoneClass.EN, PhoneClass.ON, PhoneClass.PURE_A,
    PhoneClass.PURE_E, PhoneClass.PURE_I, PhoneClass.PURE_O, PhoneClass.PURE_U,
}  # fmt: skip
_LANGUAGES: dict[str, Callable[[str], Phones]] = {
    ENGLISH: english_phones, "cmn": chinese_phones, "yue": chinese_phones,
}  # fmt: skip
_LENGTHS = {**dict.fromkeys(_FINE_VOWELS, _VOWEL_LENGTH), PhoneClass.AX: _REDUCED_LENGTH}
_SYLLABLES = {**dict.fromkeys([*_VOWELS.values(), *_LENGTHS], 1.0), PhoneClass.ANY: 0.5}
_CONSONANTS = {
    **dict.fromkeys("mn", PhoneClass.NASAL),
    **dict.fromkeys(["l", "r", "w", "y", "wh"], PhoneClass.LIQUID),
    **dict.fromkeys([*"ckpqt", "ck"], PhoneClass.VOICELESS),
    **dict.fromkeys("bdgv", PhoneClass.VOICED),
    **dict.fromkeys(["s", "x", "z", "sh", "ch", "zh", "ts"], PhoneClass.HISS),
    **dict.fromkeys(["f", "h", "j", "gh", "kh", "ph", "th"], PhoneClass.WEAK),
}
_ENGLISH_LETTERS = _VOWELS, _CONSONANTS
_LETTERS = (
    {
        "a": PhoneClass.PURE_A, "e": PhoneClass.PURE_E, "i": PhoneClass.PURE_I, "o": PhoneClass.PURE_O,
        "u": PhoneClass.PURE_U, "y": PhoneClass.PURE_I,
    },
    _CONSONANTS | {
        **dict.fromkeys(["c", "k", "q", "ck"], PhoneClass.K), **dict.fromkeys(["f", "ph"], PhoneClass.F),
        "b": PhoneClass.B, "d": PhoneClass.D, "g": PhoneClass.G, "l": PhoneClass.L, "m": PhoneClass.M,
        "n": PhoneClass.N, "p": PhoneClass.P, "r": PhoneClass.RR, "s": PhoneClass.S, "sh": PhoneClass.SH,
        "t": PhoneClass.T, "v": PhoneClass.V, "w": PhoneClass.W, "wh": PhoneClass.W, "y": PhoneClass.Y,
    },
)  # fmt: skip
"""What vowels and consonants sound like in most languages."""
_GRAPHEME = re.compile(r"(?P<vowels>(?!y[aeiou])[aeiouy]+)|[cgkpstwz]h|ck|ts|[a-z~#]")
_FIRST_GRAPHEME = re.compile(r"[cgkpstz]h|ts|[a-z]")
_SOFT_C = re.compile(r"c(?=[eiy])")
_LETTER_SOUND = re.compile(
    r"(?P<script>\w+) .*\b(?:LETTER|SYLLABLE|CHOSEONG|JUNGSEONG|JONGSEONG|VOWEL SIGN|SARA|CHARACTER(?! MAI| SARA))"
    r"(?: (?:DOTLESS|FINAL|OPEN|SHARP|SHORT|SMALL))* (?P<sounds>[A-Z]+)"
)
_SYLLABARIES = frozenset(["CHEROKEE", "ETHIOPIC", "HIRAGANA", "KATAKANA", "VAI", "YI"])
_ABUGIDAS = frozenset([
    "BALINESE", "BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "JAVANESE", "KANNADA", "KHMER", "MALAYALAM", "MYANMAR",
    "ORIYA", "SINHALA", "TAMIL", "TELUGU", "TIBETAN",
])  # fmt: skip
"""Scripts whose consonants imply an a, which the sign of another vowel replaces."""
_A_IS_DROPPED = re.compile("[\u0900-\u097f\u0980-\u09ff\u0a00-\u0aff]")  # Devanagari, Bengali, Gurmukhi, Gujarati
_ABJADS = frozenset(["ARABIC", "HEBREW", "SYRIAC"])
_VOWEL_LETTER = re.compile(rf"(?<=[^aeiou]{_UNWRITTEN})[ywv](?={_UNWRITTEN})")  # behind a consonant, "y" is an i
_VOWEL_LETTERS = {"y": "i", "w": "u", "v": "o"}
_NO_VOWEL = re.compile(rf"{_UNWRITTEN}(?=[aiou]|$)|(?<=[aiou]){_UNWRITTEN}")  # beside a written one; at the end
_VIRAMA = 9  # combining class of the signs that remove that a
_NEW_VOWEL = "'"  # in a spelling: what follows is a vowel of its own, not a part of the one before it
_IRREGULAR = {
    "г": "g", "ь": "", "ъ": "", "\u110b": _NEW_VOWEL, "\u11bc": "n",  # Hangul's ieung
    "\u0e31": "a", "\u0e4d": "m",  # Thai: mai han-akat, nikhahit
}  # fmt: skip
_CONSONANT = r"(?:(?:tt|dd|ss|nn|ll|rr|ng|ny|[^aeiou'h])h?|h)"
_SILENT_A = re.compile(rf"(?<=[aeiou])({_CONSONANT})a(?=$|{_CONSONANT}[aeiou])")
"""An implied a that is not spoken, in the scripts of `_A_IS_DROPPED`: "ham(a)", "kar(a)naa"."""


@functools.lru_cache(4096)
def pronounce(text: str, language: str = ENGLISH, before: str = "") -> Pronunciation:
    """Return the pronunciation of `text`; empty for unspoken text: white space, punctuation, emoji.

    `language`: the eSpeak voice in which numbers, signs and abbreviations are spoken. `before`: the character before a
    text in Japanese, which may be part of its first word.
    """
    words = normalise(unicodedata.normalize("NFC", text), language)
    phones = tuple(phone for n, word in enumerate(words) for phone in _word(word, language, "" if n else before))
    return Pronunciation(phones, sum((_SYLLABLES.get(phone.phone_class, 0.0) for phone in phones), 0.0))


def length_in_phones(text: str, language: str = ENGLISH) -> float:
    """Return the length of the pronunciation of `text`, in phones of usual length."""
    return pronounce(text, language).length


def _word(word: str, language: str, before: str) -> tuple[Phone, ...]:
    """The phones of a word."""
    if word.endswith(PERHAPS):
        return (perhaps_spoken(word, language),)
    no_vowel = word.isascii() and not _VOWELS.keys() & set(word.lower())
    if word.isupper() and (1 < len(word) <= 3 or no_vowel):
        names = (_known_phones(letter, language) if language == ENGLISH else [] for letter in word)
        return tuple(phone for name in names for phone in (_lengthened(name) or _LETTER_NAME))
    return tuple(_lengthened(_known_phones(word, language, before) or _spelled_phones(word, language)))


def perhaps_spoken(word: str, language: str) -> Phone:
    """Return the one phone that stands for a word which ends in `PERHAPS`: it costs little to leave out."""
    length = sum(phone.length for phone in _word(word.removesuffix(PERHAPS), language, ""))
    return Phone(PhoneClass.ANY, length, _SELDOM)


def _lengthened(phones: list[Phone]) -> list[Phone]:
    """The phones of a word, whose first and last are longer."""
    if phones:
        phones[0] = phones[0]._replace(length=phones[0].length + _WORD_LENGTH / 2)
        phones[-1] = phones[-1]._replace(length=phones[-1].length + _WORD_LENGTH / 2)
    return phones


def _known_phones(word: str, language: str, before: str = "") -> list[Phone]:
    """The phones of a word by the rules or the lexicon of its language; none where it has neither."""
    if (rules := ORTHOGRAPHIES.get(language)) is not None:
        sounds = rules.sounds(word.lower().replace("\u2019", "'"))
        return [
            Phone(phone, _LENGTHS.get(phone, _CONSONANT_LENGTH), _SOMETIMES if optional else 1.0)
            for phone, optional in sounds
        ]
    if language == JAPANESE:
        known = japanese_phones(word, before)
    else:
        lookup = _LANGUAGES.get(language)
        known = lookup(word.lower().replace("\u2019", "'")) if lookup is not None else ()
    return [Phone(phone, _LENGTHS.get(phone, _CONSONANT_LENGTH)) for phone in known]


def _spelled_phones(word: str, language: str) -> list[Phone]:
    """The phones that the spelling of a word implies: vague ones in English, where letters have many sounds."""
    phones = list(_phones(_spelling(word.lower()), _ENGLISH_LETTERS if language == ENGLISH else _LETTERS))
    if len(phones) > 2 and word[-1] in "eE":
        phones[-1] = _FINAL_E
    if len(phones) > 1 and not any(phone.phone_class in _SYLLABLES for phone in phones):
        phones.insert(1, _IMPLIED_VOWEL)
    return phones


def _phones(spelling: str, letters: tuple[dict[str, PhoneClass], ...]) -> Iterator[Phone]:
    """The phones of a word in Latin letters; `letters`: what they sound like."""
    (sound_of_vowel, sound_of_consonant), before = letters, ""
    for grapheme in _GRAPHEME.finditer(_SOFT_C.sub("s", spelling)):
        if vowels := grapheme["vowels"]:
            yield Phone(sound_of_vowel[vowels[0]], _VOWEL_LENGTH + _LENGTHENED * (len(vowels) > 1))
        elif grapheme[0] in _PLACEHOLDERS:
            yield from _PLACEHOLDERS[grapheme[0]]
        elif grapheme[0] != before:  # a double consonant is one phone
            yield Phone(sound_of_consonant.get(grapheme[0], PhoneClass.ANY), _CONSONANT_LENGTH)
        before = grapheme[0]


def _spelling(word: str) -> str:
    """A lower-case word in Latin letters."""
    spelling = ""
    for letter in unicodedata.normalize("NFKD", word):
        if unicodedata.combining(letter) == _VIRAMA or "VOWEL SIGN" in unicodedata.name(letter, ""):
            spelling = spelling.removesuffix("a")
        spelling += _latin(letter)
    if _UNWRITTEN in spelling:
        spelling = _NO_VOWEL.sub("", _VOWEL_LETTER.sub(lambda letter: _VOWEL_LETTERS[letter[0]], spelling))
    return _SILENT_A.sub(r"\1", spelling) if _A_IS_DROPPED.search(word) else spelling


@functools.lru_cache(4096)
def _latin(letter: str) -> str:
    """The Latin letters that a letter sounds like; none where it is silent."""
    name = _LETTER_SOUND.match(unicodedata.name(letter, ""))
    if letter in _IRREGULAR:
        return _IRREGULAR[letter]
    if name is None:
        return _UNKNOWN if unicodedata.category(letter) == "Lo" else ""
    script, sounds = name["script"], name["sounds"].lower()
    if script in _ABUGIDAS and sounds[0] in _VOWELS and unicodedata.category(letter) == "Lo":
        return _NEW_VOWEL + sounds
    if script in _SYLLABARIES or script in _ABUGIDAS:
        return sounds
    if _VOWELS.keys() >= set(sounds) or (script == "HANGUL" and sounds[0] == "w"):
        return sounds[-1]  # "IE", "YA", "EO"
    if script == "CYRILLIC" and sounds[0] == "e":
        sounds = sounds[1:]  # "EF", "EL", "ES"
    first = _FIRST_GRAPHEME.match(sounds)
    return (first[0] if first is not None else "") + (_UNWRITTEN if script in _ABJADS else "")
