"""Text normalisation: numbers, money, times, dates, signs, abbreviations and addresses as spoken words."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ._language import ENGLISH
from ._signs import ABBREVIATIONS, SIGNS, UNITS

_NUMBER_LANGUAGES: Final = {ENGLISH: "en", "pt-br": "pt_BR", "nb": "no", "cmn": "ja"}
"""Names of num2words, where they differ from those of eSpeak; Japanese numbers have the syllables of Chinese ones."""

_YEARS: Final = frozenset({ENGLISH, "de", "nl", "sv"})
"""Languages that count a year in hundreds: "nineteen ninety-eight"."""

_CARDINAL_DAYS: Final = frozenset({"fr", "es", "it", "pt-br", "tr", "ja", "ko", "cmn"})
"""Languages that count the days of a month: "quinze mars"."""

_MARKS: Final = "".join(c for c in map(chr, range(0x0300, 0x1E00)) if unicodedata.category(c)[0] == "M")
_LETTER: Final = r"[^\W\d_\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u2189]"  # no fraction, no power
_WORD: Final = rf"{_LETTER}(?:{_LETTER}|[{_MARKS}]|['’](?={_LETTER}))*"
_UNIT: Final = "|".join(sorted(UNITS[ENGLISH], key=len, reverse=True))
_SMALL_UNITS: Final = frozenset("mgls")  # of one letter: only behind a number, or in "m/s"
_PIECE: Final = re.compile(
    r"(?P<date>(?<!\d)(?:\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4})(?![\d.]))"
    r"|(?P<dotted>(?<![\d.])(?!\d{1,2}(?:\.\d{3})+(?![.\d]))"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|\d{1,2}(?:\.\d+){2,})(?![\d]))"  # addresses, versions
    r"|(?P<digits>\d{3,}(?:-\d{3,})+|0\d+|\d{7,})"  # telephone and other long numbers: digit by digit
    r"|(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?!\d)"
    r"|(?P<ordinal>\d{1,9})(?:st|nd|rd|th|e|ème|er|º|ª|°(?=\s))(?!\w)"
    r"|(?P<above>\d{1,2})/(?P<below>[2-9]|10|1[26])(?![\d/])"
    r"|(?P<minus>(?<![\w])[-−])?(?P<money>[$€£¥₹])?"
    r"(?P<number>\d{1,3}(?:[,.'’\u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,](?P<fraction>\d+))?"
    r"(?P<scale>(?(money)\s?(?:bn|[MBkK])|(?:[Mk]|\s?bn))(?!\w))?"
    rf"|(?P<per>\b(?:{_UNIT}))/(?P<each>{_UNIT}|kg|day|Tag|jour|día)\b"
    rf"|(?P<unit>(?<=\d)(?!(?<=0)s)(?:{_UNIT})(?!{_LETTER})|\b(?:{_UNIT})(?=[²³]))"  # not "1990s"
    r"|(?P<roman>\b(?=[IVX]{2}|[MDCLXVI]{4})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?<=[MDCLXVI])(?P<rank>e|ème)?\b)"
    r"|(?P<initials>[^\W\d_](?:\.-?[^\W\d_]+)+(?=\.)|[^\W\d_](?:\.[^\W\d_])+(?![^\W\d_]))"  # "p.m", "U.S", "p.ex."
    r"|(?P<mixed>(?<![^\W\d_])[A-Z]{2,4}[a-z](?![^\W\d_]))"  # "IPv6", "PCs"
    r"|(?P<sharp>(?<=\b[A-G])#)|(?P<numero>[#№](?=\d)|\bn[º°](?=\s*\d))|(?P<hash>#(?=[^\W\d_]))"
    r"|(?P<less>[<≤](?=\s?\d))|(?P<more>[>≥](?=\s?\d))|(?P<about>[~≈](?=\s?\d))"
    r"|(?P<square>\^2(?!\d))|(?P<cube>\^3(?!\d))|(?P<times>(?<=\d)\*(?=\d))|(?P<range>(?<=\d)[–:](?=\d))"
    rf"|(?P<word>{_WORD})"
    r"|(?P<or>(?<=[^\W\d_]{2})/(?=[^\W\d_]{2}))"  # "and/or": silent
    r"|(?P<joint>(?<=\w)[./_](?=\w))"  # "example.com", "A/B"
    r"|°(?P<scale_of>[CF])\b"
    r"|(?P<sign>[$€£¥₹%&@+=°×÷½¼¾²³±√^§])"
)
_AS_SIGN: Final = {"less": "<", "more": ">", "about": "~", "square": "²", "cube": "³", "times": "×", "range": "–",
                   "numero": "#", "hash": "hash"}  # fmt: skip
"""Groups of `_PIECE` that are spoken as a sign."""

PERHAPS: Final = "?"
"""At the end of a word that is spoken by some only."""

_MAX_NUMBER_DIGITS: Final = 15
_MAX_VERSION_DIGITS: Final = 2  # of a part of a version that is spoken as a number
_MONTH: Final = "October"  # any month: only its length counts
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def normalise(text: str, language: str) -> Iterator[str]:
    """Yield the spoken words of `text`; letters that are spelled out are words of their own, in capitals.

    Words that end in `PERHAPS` may be spoken: synthetic voices read "$12" as "dollar twelve", and "1874" as a number.
    """
    abbreviations = ABBREVIATIONS[ENGLISH] | ABBREVIATIONS.get(language, {})
    units = UNITS.get(language, UNITS[ENGLISH])
    signs = SIGNS.get(language, SIGNS[ENGLISH])
    for piece in _PIECE.finditer(text):
        short, kind = piece[0].lower(), str(piece.lastgroup)
        if short in abbreviations:
            yield from abbreviations[short].split()
        elif kind == "word":
            yield units[short] if short in units and short not in _SMALL_UNITS and short != "min" else piece[0]
        elif kind == "initials":
            yield from filter(str.isalpha, piece[0].upper())
        elif kind == "mixed":
            yield from piece[0] if piece[0][-1] == "s" else piece[0].upper()
        elif kind == "unit":
            yield units[short]
        elif piece["per"]:
            yield from (units[piece["per"].lower()], signs["per"], units.get(piece["each"].lower(), piece["each"]))
        elif kind == "sharp":
            yield "sharp"
        elif piece["scale_of"]:
            yield from _words(f"{signs['°']} {signs[piece['scale_of']]}")
        elif kind in _AS_SIGN:
            yield from _words(signs[_AS_SIGN[kind]])
        elif kind in ("sign", "joint"):
            yield from _words(signs[piece[0]])
        elif kind != "or":
            yield from _words(_number(piece, language, signs))


def _number(piece: re.Match[str], language: str, signs: dict[str, str]) -> str:
    """The words of a piece with digits."""
    if piece["digits"]:
        return _one_by_one(piece["digits"], language)
    if piece["dotted"]:
        return f" {signs['.']} ".join(_part(part, language) for part in piece["dotted"].split("."))
    if piece["date"]:
        first, _, last = re.findall(r"\d+", piece["date"])
        day, year = sorted((first, last), key=len)
        kind = "cardinal" if language in _CARDINAL_DAYS else "ordinal"
        return f"{_MONTH} {_spelled(int(day), kind, language)} {_year(int(year), language)}"
    if piece["hour"]:
        minutes, seconds = [
            _spelled(int(part), "cardinal", language) if part and int(part) else ""
            for part in (piece["minute"], piece["second"])
        ]
        return f"{_spelled(int(piece['hour']), 'cardinal', language)} {signs[':']} {minutes} {seconds}"
    if piece["ordinal"]:
        return _spelled(int(piece["ordinal"]), "ordinal", language)
    if piece["below"]:
        return _ratio(int(piece["above"]), int(piece["below"]), language, signs)
    if piece["roman"]:
        kind = "ordinal" if piece["rank"] else "cardinal"
        return _spelled(_roman(piece["roman"].rstrip("eèm")), kind, language)
    return _amount(piece, language, signs)


def _amount(piece: re.Match[str], language: str, signs: dict[str, str]) -> str:
    """The words of a number that has a sign, a currency, a fraction or a unit of thousands perhaps."""
    whole, fraction, money = piece["number"], piece["fraction"] or "", piece["money"] or ""
    value = int("".join(filter(str.isdecimal, whole))[:_MAX_NUMBER_DIGITS])
    if fraction == "00":  # of a price
        fraction = ""
    words = [signs["-"]] if piece["minus"] else []
    if money:
        words.append(signs[money] + PERHAPS)
    is_plain = not money and not fraction
    words.append(_whole(piece, value, language) if is_plain else _spelled(value, "cardinal", language))
    if money and not piece["scale"]:
        cents = int(fraction[:_MAX_NUMBER_DIGITS] or "0")
        return " ".join([*words, signs[money], _spelled(cents, "cardinal", language) if cents else ""])
    if fraction:
        words += [signs[","], _one_by_one(fraction, language)]
    if scale := (piece["scale"] or "").strip():
        words.append(signs["k" if scale in "kK" else scale[0].upper()])
    return " ".join([*words, signs[money] if money else ""])


def _whole(piece: re.Match[str], value: int, language: str) -> str:
    """The words of a whole number: a code, a year or a count."""
    digits, before = piece["number"], piece.string[: piece.start()][-1:]
    is_count = value % 100 == 0 and not before.isalpha()  # "90000", not "90210" nor "FF8800"
    if digits.isdecimal() and len(digits) > 4 - before.isalpha() and not is_count:
        return _one_by_one(digits, language)
    is_year = len(digits) == 4 and digits.isdecimal() and 1100 <= value < 2100
    return _year(value, language) if is_year else _spelled(value, "cardinal", language)


def _part(digits: str, language: str) -> str:
    """A part of an address or a version: long ones are spelled out, but in French."""
    is_long = len(digits) > _MAX_VERSION_DIGITS and language != "fr"
    return _one_by_one(digits, language) if is_long else _spelled(int(digits), "cardinal", language)


def _ratio(above: int, below: int, language: str, signs: dict[str, str]) -> str:
    """The words of "1/2", "2/3" and "24/7"."""
    halves = {(1, 2): "½", (1, 4): "¼", (3, 4): "¾"}
    if (above, below) in halves:
        return signs[halves[above, below]]
    kind = "ordinal" if above < below else "cardinal"
    return f"{_spelled(above, 'cardinal', language)} {_spelled(below, kind, language)}"


def _roman(numeral: str) -> int:
    values = [_ROMAN[letter] for letter in numeral]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _one_by_one(digits: str, language: str) -> str:
    return " ".join(_spelled(int(digit), "cardinal", language) for digit in digits if digit.isdecimal())


def _year(value: int, language: str) -> str:
    year = _spelled(value, "year" if language in _YEARS else "cardinal", language)
    century, _, rest = year.partition(" ")
    if language != ENGLISH or not rest or rest.startswith(("hundred", "thousand")):
        return year
    if value < 2000:  # "one thousand eight hundred and"
        return f"thousand{PERHAPS} {century} hundred{PERHAPS} {rest}"
    return f"{century} thousand{PERHAPS} {rest}"  # "two thousand and nineteen"


@functools.lru_cache(1024)
def _spelled(value: int, kind: str, language: str) -> str:
    """A whole number in words; in English where num2words does not have the language."""
    from num2words import num2words  # 10 ms to import; most texts have no number

    for name, form in ((_NUMBER_LANGUAGES.get(language, language), kind), (language, "cardinal"), ("en", kind)):
        try:
            return str(num2words(value, lang=name, to=form))
        except (NotImplementedError, TypeError, ValueError, KeyError, IndexError):
            continue
    raise AssertionError("num2words has English")


def _words(text: str) -> list[str]:
    return re.findall(rf"{_WORD}\{PERHAPS}?", text)
