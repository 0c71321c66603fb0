"""How a piece of text may be read out: numbers, money, times and letters as English words.

There is more than one way to read most of them ("1998", "$12.50", "48213"); the sound decides.
"""

from __future__ import annotations

import itertools
import re
from typing import Final, TypeAlias

Reading: TypeAlias = tuple[str, ...]
"""Words in small letters."""

MOST_READINGS: Final = 12
"""Of one piece of text."""

_MOST_DIGITS: Final = 15
_CURRENCIES: Final = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "¥": ("yen", "")}
_SIGNS: Final = {"%": "percent", "&": "and", "@": "at", "+": "plus", "=": "equals", "°": "degrees", "/": "slash"}
_PIECE: Final = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?!\d)"
    r"|(?P<ordinal>\d+)(?:st|nd|rd|th)\b"
    r"|(?P<money>[$€£¥])?(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"
    r"|(?P<initials>[A-Za-z](?:\.[A-Za-z])+\b|\b[A-Z]{2,5}\b)"
    r"|(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*)"
    r"|(?P<sign>[%&@+=°]|(?<=\w)/(?=\w))"
    r"|(?P<dot>(?<=\w)\.(?=\w))"
)


def readings(text: str) -> list[Reading]:
    """The ways to read `text`, the likeliest first; none for what is not spoken."""
    pieces = [_piece(match) for match in _PIECE.finditer(text)]
    ways = itertools.islice(itertools.product(*pieces), MOST_READINGS) if pieces else ()
    return [tuple(itertools.chain.from_iterable(way)) for way in ways]


def _piece(match: re.Match[str]) -> list[Reading]:
    if match["word"]:
        return [(match["word"].lower().replace("\u2019", "'"),)]
    if match["sign"]:
        return [(_SIGNS[match["sign"]],)]
    if match["dot"]:
        return [("dot",), ()]
    if match["initials"]:
        letters = match["initials"].replace(".", "").lower()
        return [tuple(letters), (letters,)] if "." not in match["initials"] else [tuple(letters)]
    if match["hour"]:
        return _time(int(match["hour"]), int(match["minute"]))
    if match["ordinal"]:
        return _either(_words(int(match["ordinal"][:_MOST_DIGITS]), "ordinal"))
    whole, fraction = match["whole"].replace(",", "")[:_MOST_DIGITS], (match["fraction"] or "")[:_MOST_DIGITS]
    if match["money"]:
        return _money(match["money"], int(whole), fraction)
    return _number(whole, fraction)


def _number(whole: str, fraction: str) -> list[Reading]:
    value = int(whole)
    if fraction:
        return [(*way, "point", *_digits(fraction)) for way in _either(_words(value))]
    ways = _either(_words(value))
    if len(whole) == 4 and 1100 <= value < 2100:
        ways = [_words(value, "year"), *ways]
    if len(whole) > 2:
        ways += [_digits(whole), _digits(whole, zero="oh")]
    if len(whole) in (3, 4):
        ways.append(_words(int(whole[:-2])) + _words(int(whole[-2:])))
    return list(dict.fromkeys(ways))


def _money(sign: str, value: int, fraction: str) -> list[Reading]:
    unit, part = _CURRENCIES[sign]
    unit = unit if value == 1 or sign == "¥" else unit + "s"
    ways = []
    for way in _either(_words(value)):
        if not fraction:
            ways.append((*way, unit))
            continue
        parts = "pence" if part == "penny" else part + "s"
        ways += [
            (*way, unit, *_words(int(fraction)), parts), (*way, unit, "and", *_words(int(fraction)), parts),
            (*way, unit, *_words(int(fraction))), (*way, "point", *_digits(fraction), unit),
        ]  # fmt: skip
    return ways


def _time(hour: int, minute: int) -> list[Reading]:
    if not minute:
        return [_words(hour), (*_words(hour), "o'clock"), (*_words(hour), "hundred")]
    if minute < 10:
        return [(*_words(hour), "oh", *_words(minute)), (*_words(hour), *_words(minute))]
    return [_words(hour) + _words(minute)]


def _either(words: Reading) -> list[Reading]:
    """With and without the "and" of British numbers."""
    without = tuple(word for word in words if word != "and")
    return list(dict.fromkeys([without, words]))


def _digits(digits: str, zero: str = "zero") -> Reading:
    return tuple(zero if digit == "0" else _words(int(digit))[0] for digit in digits)


def _words(value: int, kind: str = "cardinal") -> Reading:
    from num2words import num2words  # for texts that hold numbers alone

    return tuple(re.findall(r"[a-z]+", str(num2words(value, to=kind))))
