"""The pronunciation of Japanese: characters by their usual readings, kana by morae.

The readings are made by `benchmarks/make_readings.py`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import Final

from ..features._phone_classes import PhoneClass, Phones
from ._tables import read_table

READINGS: Final = Path(__file__).with_name("japanese_readings.z")
"""Lines "食ショクべタ": a character, its usual reading, and its reading before certain kana; compressed by zlib.

`japanese_readings.LICENSE` is its licence.
"""

ALONE: Final = "。"
"""Stands for what is behind a character that is a word by itself, in the lines of `READINGS`."""

_KATAKANA: Final = {hiragana: hiragana + 0x60 for hiragana in range(0x3041, 0x3097)}
_JAPANESE: Final = re.compile("[\u3041-\u30ff\u3400-\u9fff々]")
_CHARACTER: Final = re.compile("[\u3400-\u9fff々]")
_KANA_LETTER: Final = re.compile("[\u3041-\u309f]")
_PARTICLE_KANA: Final = frozenset("わがをのにもでとえや")  # as they are spoken
_USUAL: Final = re.compile("[\u30a1-\u30ff]+")
_OTHER_READING: Final = re.compile("([。\u3041-\u309f]+)([\u30a1-\u30ff]+)")
_PARTICLES: Final = ((re.compile("は$|(?<=[でにと])は"), "わ"), (re.compile("へ$"), "え"))
_LONG: Final = re.compile("(?<=[オコソトノホモヨロゴゾドボポョ])ウ|(?<=[エケセテネヘメレゲゼデベペ])イ")
_DEVOICED: Final = re.compile("(?<=[デマ]ス)$")
_UNKNOWN: Final = (PhoneClass.ANY,) * 4  # two morae

_VOWELS: Final = (PhoneClass.AA, PhoneClass.IY, PhoneClass.UW, PhoneClass.EH, PhoneClass.AO)
_ROWS: Final = {
    "アイウエオ": "", "カキクケコ": "K", "ガギグゲゴ": "G", "サシスセソ": "S", "ザジズゼゾ": "Z", "タチツテト": "T",
    "ダヂヅデド": "D", "ナニヌネノ": "N", "ハヒフヘホ": "HH", "バビブベボ": "B", "パピプペポ": "P", "マミムメモ": "M",
    "ラリルレロ": "RR", "ヤ ユ ヨ": "Y", "ワヰ ヱヲ": "W", "  ヴ  ": "V",
}  # fmt: skip
_KANA: Final[dict[str, Phones]] = {
    kana: ((PhoneClass[consonant], vowel) if consonant else (vowel,))
    for row, consonant in _ROWS.items()
    for kana, vowel in zip(row, _VOWELS, strict=True)
} | {
    "シ": (PhoneClass.SH, PhoneClass.IY), "チ": (PhoneClass.CH, PhoneClass.IY), "ヲ": (PhoneClass.AO,),
    "ジ": (PhoneClass.JH, PhoneClass.IY), "ヂ": (PhoneClass.JH, PhoneClass.IY), "ヅ": (PhoneClass.Z, PhoneClass.UW),
    "ツ": (PhoneClass.T, PhoneClass.S, PhoneClass.UW), "フ": (PhoneClass.F, PhoneClass.UW), "ン": (PhoneClass.N,),
}  # fmt: skip
_SMALL: Final = dict(zip("ャュョァィゥェォ", "アウオアイウエオ", strict=True))  # replaces the vowel before it
_GLIDES: Final = frozenset("ャュョ")
_PALATAL: Final = frozenset([PhoneClass.SH, PhoneClass.CH, PhoneClass.JH])


def japanese_phones(word: str, before: str = "") -> Phones:
    """Return the phones of a word in kana and Chinese characters; none of a word in other letters.

    `before`: the character before the word, if there is one; it may be a part of the same compound.
    """
    word = unicodedata.normalize("NFKC", word)  # kana of half width become usual ones
    return tuple(_phones(_kana(word, before))) if _JAPANESE.search(word) else ()


def _kana(word: str, before: str = "") -> str:
    """How a word is read, in katakana; other characters remain."""
    for particle, sound in _PARTICLES:
        word = particle.sub(sound, word)
    context = zip(before + word if before else " " + word, word, word[1:] + " ", strict=False)
    return _LONG.sub("ー", "".join(_reading(*place) for place in context).translate(_KATAKANA))


def _reading(before: str, character: str, after: str) -> str:
    """How a character is read between two others: in a compound, before the kana of its ending, or as a word."""
    usual, others = _readings().get(character, (character, ""))
    readings: dict[str, str] = {kana: read for every, read in _OTHER_READING.findall(others) for kana in every}
    in_compound = _CHARACTER.match(before) is not None
    if after in readings and not (in_compound and after in _PARTICLE_KANA):
        return readings[after]
    return readings.get(ALONE, usual) if _KANA_LETTER.match(after) and not in_compound else usual


def _phones(kana: str) -> list[PhoneClass]:
    """The phones of a word in katakana: ー, ッ and ン are morae, as a syllable is."""
    phones: list[PhoneClass] = []
    for at, letter in enumerate(kana):
        if letter == "ー":
            phones += phones[-1:]
        elif letter == "ッ":
            phones += _sounds(kana[at + 1 : at + 2])[:1] or [PhoneClass.VOICELESS]
        elif letter in _SMALL and phones:
            before = phones.pop() if phones[-1] in _VOWELS else None
            if letter in _GLIDES and before is not None and not _PALATAL & set(phones[-1:]):
                phones.append(PhoneClass.Y)
            phones += _KANA[_SMALL[letter]]
        else:
            phones += _sounds(letter)
    return phones[:-1] if _DEVOICED.search(kana) else phones


def _sounds(letter: str) -> list[PhoneClass]:
    """The phones of a katakana, or of a character of which no reading is known."""
    is_unknown = letter != "" and letter not in _KANA and unicodedata.category(letter) in ("Lo", "Lm")
    return [*(_UNKNOWN if is_unknown else _KANA.get(letter, ()))]


@functools.cache
def _readings() -> dict[str, tuple[str, str]]:
    """Of each character: its usual reading; other ones, each behind the kana before which it has it."""
    lines = read_table(READINGS)
    return {line[0]: (match[0], line[match.end() :]) for line in lines if (match := _USUAL.match(line, 1))}
