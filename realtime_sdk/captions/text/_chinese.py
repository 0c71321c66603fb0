"""The pronunciation of Chinese: a syllable of Mandarin for each character.

The syllables are made by `benchmarks/make_readings.py`.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

from ..features._phone_classes import PhoneClass, Phones
from ._tables import read_table

SYLLABLES: Final = Path(__file__).with_name("chinese_syllables.z")
"""Lines "zhong中种重": a syllable in pinyin, and the characters that are read so, compressed by zlib.

`chinese_syllables.LICENSE` is its licence.
"""

_CHARACTER: Final = re.compile("[\u3400-\u9fff]")
_LINE: Final = re.compile("([a-z]+)(.+)")
_UNKNOWN: Final = (PhoneClass.ANY, PhoneClass.ANY, PhoneClass.ANY)

_INITIALS: Final = {
    "zh": "JH", "ch": "CH", "sh": "SH", "z": "D Z", "c": "T S", "j": "JH", "q": "CH", "x": "SH", "h": "X", "r": "ZH",
    "y": "Y", **{letter: letter.upper() for letter in "bpmfdtnlgksw"},
}  # fmt: skip
_FINALS: Final = {
    "a": "AA", "o": "AO", "e": "AH", "i": "IY", "u": "UW", "v": "UE", "ai": "AY", "ei": "EY", "ao": "AW", "ou": "OW",
    "an": "AA N", "en": "AX N", "ang": "AA NG", "eng": "AH NG", "ong": "UH NG", "er": "ER", "in": "IY N", "un": "UW N",
    "ing": "IY NG", "vn": "UE N", "ia": "Y AA", "ie": "Y EH", "iao": "Y AW", "iu": "Y OW", "ian": "Y EH N",
    "iang": "Y AA NG", "iong": "Y UH NG", "ua": "W AA", "uo": "W AO", "uai": "W AY", "ui": "W EY", "uan": "W AA N",
    "uang": "W AA NG", "ve": "Y EH", "van": "Y EH N",
}  # fmt: skip
_SYLLABLE: Final = re.compile("([zcs]h|[bpmfdtnlgkhjqxrzcsyw])?([a-z]+)")
_ROUNDED: Final = re.compile("(?<=[jqxy])u")  # pinyin leaves out the dots
_DOUBLED: Final = {"yi": "i", "wu": "u", "yv": "v"}  # the initial only shows that there is none
_BUZZED: Final = re.compile("(?:[zcs]h?|r)i")


def chinese_phones(word: str) -> Phones:
    """Return the phones of a word in Chinese characters; none of a word in other letters."""
    return tuple(phone for character in word for phone in _of_character(character))


def _of_character(character: str) -> Phones:
    if not _CHARACTER.match(character):
        return ()
    syllable = _syllables().get(character)
    return _of_syllable(syllable) if syllable is not None else _UNKNOWN


@functools.cache
def _of_syllable(syllable: str) -> Phones:
    """The phones of a syllable in pinyin."""
    spelled = _ROUNDED.sub("v", syllable)
    for written, sound in _DOUBLED.items():
        spelled = sound + spelled.removeprefix(written) if spelled.startswith(written) else spelled
    match = _SYLLABLE.fullmatch(spelled)
    initial, final = match.groups() if match is not None else (None, "")
    sounds = "IH" if _BUZZED.fullmatch(spelled) else _FINALS.get(final, "ANY")
    return tuple(PhoneClass[phone] for phone in f"{_INITIALS.get(initial or '', '')} {sounds}".split())


@functools.cache
def _syllables() -> dict[str, str]:
    lines = read_table(SYLLABLES)
    found = (_LINE.findall(line)[0] for line in lines)
    return {character: syllable for syllable, characters in found for character in characters}
