"""How long a piece of text takes to say, in phones: the length of one short consonant.

Only proportions matter, for the aligner learns how fast a voice says a phone. Spelling is read as loosely as all
languages need: groups of vowels, consonants, syllables where a script writes those. Numbers, signs and abbreviations
count as they are read out, with English words standing for those of any language.
"""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import functools
import re
import unicodedata

_WORD = 0.8  # every word takes a little on top of its sounds
_VOWEL = 1.4  # a group of vowels
_CONSONANT = 1.0
_LETTER_NAME = 3.2  # a letter read by its name, as in "FBI"

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

_READ_OUT = {
    "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees", "%": "percent", "&": "and", "@": "at",
    "+": "plus", "=": "equals", "#": "number", "°": "degrees", "×": "times",
    "/": "slash", ".": "dot", "_": "underscore",
    "dr": "doctor", "mr": "mister", "mrs": "missis", "vs": "versus", "etc": "etcetera", "approx": "approximately",
    "km": "kilometers", "cm": "centimeters", "mm": "millimeters", "kg": "kilograms", "mg": "milligrams",
    "ml": "milliliters", "ft": "feet", "lb": "pounds", "mph": "miles per hour", "www": "double u double u double u",
}  # fmt: skip

_PIECE = re.compile(
    r"(?P<digits>\d{3,}(?:-\d{3,})+|0\d+|\d{7,})"  # telephone and other long numbers: digit by digit
    r"|(?P<money>[$€£¥₹])?(?P<number>\d{1,3}(?:[,.'’\u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,](?P<fraction>\d+))?"
    r"|(?P<initials>[^\W\d_](?:\.[^\W\d_])+(?![^\W\d_]))"  # "p.m", "U.S"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<joint>(?<=\w)[./_](?=\w))"  # "example.com", "and/or"
    r"|(?P<sign>[$€£¥₹%&@+=#°×])"
)


@functools.lru_cache(4096)
def spoken_length(text: str) -> float:
    """Phones in `text` as it is read out; 0 for what is not spoken: white space, punctuation, emoji."""
    phones = 0.0
    for piece in _PIECE.finditer(unicodedata.normalize("NFC", text)):
        if piece["digits"]:
            phones += _digits(piece["digits"])
        elif piece["number"]:
            phones += _number(piece["number"], piece["fraction"] or "", piece["money"] or "")
        elif piece["initials"]:
            phones += _LETTER_NAME * (piece["initials"].count(".") + 1)
        elif piece["word"]:
            phones += _word(piece["word"])
        else:
            phones += _words(_READ_OUT[piece[0]])
    return phones


def _words(text: str) -> float:
    return sum(_sounds(word) for word in re.findall(r"[a-z]+", text))


def _digits(digits: str) -> float:
    """Phones of digits read one by one."""
    return sum(_words(_spelled(int(digit))) for digit in digits if digit.isdecimal())


def _number(whole: str, fraction: str, money: str) -> float:
    """Phones of a number, a year or an amount of money."""
    value = int("".join(c for c in whole if c.isdecimal()))
    if len(whole) == 4 and 1100 <= value < 2100 and not money and value % 1000 > 9:
        phones = _words(_spelled(value // 100)) + _words(_spelled(value % 100))
    else:
        phones = _words(_spelled(value))
    if money:
        return phones + _words(_READ_OUT[money]) + (_words(_spelled(int(fraction))) if fraction else 0.0)
    return phones + (_words("point") + _digits(fraction) if fraction else 0.0)


@functools.lru_cache(1024)
def _spelled(value: int) -> str:
    """A whole number in English words."""
    from num2words import num2words  # a hundredth of a second to import, for texts that hold numbers alone

    return str(num2words(value))


def _word(word: str) -> float:
    """Phones of one run of letters."""
    if word.lower() in _READ_OUT:
        return _words(_READ_OUT[word.lower()])
    unsayable = word.isascii() and not _VOWELS.intersection(word.lower())
    if word.isupper() and (1 < len(word) <= 3 or unsayable):
        return _LETTER_NAME * len(word)
    return _sounds(word)


def _sounds(word: str) -> float:
    """Phones of a word by its spelling."""
    phones, before = _WORD, ""
    for letter in unicodedata.normalize("NFKD", word.lower()):
        if letter in _VOWELS:
            phones += _VOWEL if before not in _VOWELS else 0.0
        elif letter == before or letter in _SILENT or (letter == "h" and before not in _VOWELS and before):
            continue  # a double consonant is one sound, and so are ch, ph, sh and th
        elif letter == "\u094d" or unicodedata.category(letter)[0] == "L":
            phones += _letter(letter)
        before = letter
    return phones


def _letter(letter: str) -> float:
    """Phones of a letter that is no vowel."""
    code = ord(letter)
    return next((phones for first, last, phones in _SCRIPTS if first <= code <= last), _CONSONANT)
