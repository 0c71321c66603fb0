"""Text normalisation with alternatives: the spoken forms of numbers, money, times and letters in English.

Most of them have several ("1998", "$12.50", "48213"); the audio decides.
"""

from __future__ import annotations

import itertools
import re
from typing import Final, TypeAlias

SpokenForm: TypeAlias = tuple[str, ...]
"""Words in lower case."""

MAX_SPOKEN_FORMS: Final = 12
"""Of one piece of text."""

_MAX_NUMBER_DIGITS: Final = 15
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


def spoken_forms(text: str) -> list[SpokenForm]:
    """Return the spoken forms of `text`, the likeliest first; none for text that is not spoken."""
    pieces = [_piece(match) for match in _PIECE.finditer(text)]
    forms = itertools.islice(itertools.product(*pieces), MAX_SPOKEN_FORMS) if pieces else ()
    return [tuple(itertools.chain.from_iterable(form)) for form in forms]


def _piece(match: re.Match[str]) -> list[SpokenForm]:
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
        return _with_and_without_and(_words(int(match["ordinal"][:_MAX_NUMBER_DIGITS]), "ordinal"))
    whole = match["whole"].replace(",", "")[:_MAX_NUMBER_DIGITS]
    fraction = (match["fraction"] or "")[:_MAX_NUMBER_DIGITS]
    if match["money"]:
        return _money(match["money"], int(whole), fraction)
    return _number(whole, fraction)


def _number(whole: str, fraction: str) -> list[SpokenForm]:
    value = int(whole)
    if fraction:
        return [(*form, "point", *_digits(fraction)) for form in _with_and_without_and(_words(value))]
    forms = _with_and_without_and(_words(value))
    if len(whole) == 4 and 1100 <= value < 2100:
        forms = [_words(value, "year"), *forms]
    if len(whole) > 2:
        forms += [_digits(whole), _digits(whole, zero="oh")]
    if len(whole) in (3, 4):
        forms.append(_words(int(whole[:-2])) + _words(int(whole[-2:])))
    return list(dict.fromkeys(forms))


def _money(sign: str, value: int, fraction: str) -> list[SpokenForm]:
    unit, part = _CURRENCIES[sign]
    unit = unit if value == 1 or sign == "¥" else unit + "s"
    forms = []
    for form in _with_and_without_and(_words(value)):
        if not fraction:
            forms.append((*form, unit))
            continue
        parts = "pence" if part == "penny" else part + "s"
        forms += [
            (*form, unit, *_words(int(fraction)), parts), (*form, unit, "and", *_words(int(fraction)), parts),
            (*form, unit, *_words(int(fraction))), (*form, "point", *_digits(fraction), unit),
        ]  # fmt: skip
    return forms


def _time(hour: int, minute: int) -> list[SpokenForm]:
    if not minute:
        return [_words(hour), (*_words(hour), "o'clock"), (*_words(hour), "hundred")]
    if minute < 10:
        return [(*_words(hour), "oh", *_words(minute)), (*_words(hour), *_words(minute))]
    return [_words(hour) + _words(minute)]


def _with_and_without_and(words: SpokenForm) -> list[SpokenForm]:
    """A number with and without the British "and"."""
    without = tuple(word for word in words if word != "and")
    return list(dict.fromkeys([without, words]))


def _digits(digits: str, zero: str = "zero") -> SpokenForm:
    return tuple(zero if digit == "0" else _words(int(digit))[0] for digit in digits)


def _words(value: int, kind: str = "cardinal") -> SpokenForm:
    from num2words import num2words  # 10 ms to import; most texts have no number

    return tuple(re.findall(r"[a-z]+", str(num2words(value, to=kind))))
