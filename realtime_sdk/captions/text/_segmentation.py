"""Text split into caption units, and the prosodic boundaries between them.

A unit is a word with the white space before it and the punctuation around it. Scripts without spaces are split where a
reader accepts it: Chinese by character, Japanese by character with the kana that follow it, Thai by syllable as far as
spelling shows it, Lao, Tibetan, Myanmar and Khmer by written cluster.
"""

# ruff: noqa: RUF001 — letters and punctuation of many scripts are what this module is about

from __future__ import annotations

import enum
import re
import unicodedata

_HAN = (
    r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u31c0-\u31ef\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
_HIRAGANA = r"\u3041-\u309f"
_KATAKANA = r"\u30a1-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_THAI = r"\u0e01-\u0e3a\u0e40-\u0e4e"
_CLUSTERED = r"\u0e80-\u0fff\u1000-\u109f\u1780-\u17ff"  # Lao, Tibetan, Myanmar, Khmer
_UNSPACED = _HAN + _HIRAGANA + _KATAKANA + _THAI + _CLUSTERED

_MARKS = "".join(c for c in map(chr, range(0x0E80, 0x1800)) if unicodedata.category(c)[0] == "M")
_JOINED = "".join(c for c in map(chr, range(0x300, 0xE00)) if unicodedata.category(c)[0] == "M")
_JOINED += "\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff"  # characters that belong to the one before them
_STACKERS = r"\u1039\u17d2"  # join the next letter to the cluster before it
_THAI_MARKS = r"\u0e30-\u0e3a\u0e45\u0e47-\u0e4e"  # vowels and tones written after or around their consonant
_LONGEST = 200  # characters of a word, and of the white space before it: longer ones are split, as no text needs them
_THAI_SYLLABLE = (
    rf"[\u0e40-\u0e44]?[\u0e01-\u0e2e](?:[รลว](?=[{_THAI_MARKS}]))?[{_THAI_MARKS}]{{0,{_LONGEST}}}"
    rf"(?:[\u0e01-\u0e2e]\u0e4c?(?![{_THAI_MARKS}]|[รลว][{_THAI_MARKS}]))?"
)

_SPACE = r"[^\S\u00a0\u2007\u202f]"  # a no-break space belongs to its word: "10 000", "demain ?"
_OPENING = r"(\[{«‹“‘„‚⟨〈《「『【〔〖〝（［｛¿¡"
_CLOSING = (  # punctuation, marks, emoji: part of the unit before
    rf"(?:(?!{_SPACE})[^\w{_OPENING}{_UNSPACED}]){{0,{_LONGEST}}}"
)

_UNIT = re.compile(
    rf"{_SPACE}{{0,{_LONGEST}}}+(?:"
    rf"[{_OPENING}]{{0,{_LONGEST}}}(?:"
    rf"[{_HAN}][{_HIRAGANA}]{{0,{_LONGEST}}}|[{_KATAKANA}]{{1,{_LONGEST}}}[{_HIRAGANA}]{{0,{_LONGEST}}}"
    rf"|[{_HIRAGANA}]{{1,{_LONGEST}}}"
    rf"|{_THAI_SYLLABLE}|[{_CLUSTERED}](?:[{_STACKERS}][{_CLUSTERED}]|[{_MARKS}]){{0,{_LONGEST}}}|[{_THAI}]"
    rf"){_CLOSING}"
    rf"|(?:(?!{_SPACE}|[{_OPENING}][{_UNSPACED}])[^{_UNSPACED}]){{1,{_LONGEST}}}(?![{_JOINED}])(?<!\u200d)"
    rf"|(?:(?!{_SPACE}|[{_OPENING}][{_UNSPACED}])[^{_UNSPACED}]){{1,{_LONGEST}}}"
    rf"|[{_OPENING}])"
    rf"|{_SPACE}{{{_LONGEST}}}"
)
LOOKAHEAD_CHARACTERS = 2  # characters after a unit that `_UNIT` needs to find its end


class Boundary(enum.IntEnum):
    """The prosodic boundary after a unit, by its punctuation: the stronger, the likelier a pause."""

    NONE = 0
    CLAUSE = 1
    SENTENCE = 2


_SENTENCE_END = frozenset(".!?…。．！？｡؟۔।॥։።፧")
_CLAUSE_END = frozenset(",;:،؛、，；：､፣–—")
_ABBREVIATION = re.compile(r"(?:\b(?:[^\W\d_]|dr|mr|mrs|ms|st|prof|vs|jr|sr|no|approx|e\.g|i\.e)|\.[^\W\d_])\.$", re.I)
_TIME = re.compile(r"\b[ap]\.m\.$", re.I)  # an abbreviation with which sentences often end


def split_units(text: str, *, ended: bool) -> tuple[list[str], str]:
    """Split `text` into units; also return the rest, whose last word may still grow.

    Concatenated, units and rest are the text. `ended`: nothing follows, so there is no rest, and trailing white space
    is a unit of its own. The result does not depend on the pieces in which a text arrives.
    """
    units, end = [], 0
    while match := _UNIT.match(text, end):  # a search would try every place in white space that nothing follows
        after = text[match.end() : match.end() + LOOKAHEAD_CHARACTERS]
        if not ended and len(after) < LOOKAHEAD_CHARACTERS and not re.match(_SPACE, after):
            break
        units.append(match[0])
        end = match.end()
    if ended and end < len(text):
        return [*units, text[end:]], ""
    return units, text[end:]


def boundary_between(unit: str, following: str) -> Boundary:
    """Return the prosodic boundary between two units."""
    space = following[: len(following) - len(following.lstrip())]
    if "\n" in space:
        return Boundary.SENTENCE
    word = unit.rstrip("\"'”’»›)]}」』）】》* ")
    if not word or word[-1] not in _SENTENCE_END | _CLAUSE_END:
        return Boundary.NONE
    if word[-1] in _CLAUSE_END:
        return Boundary.CLAUSE
    if word[-1] == "." and following.lstrip()[:1].islower():
        return Boundary.NONE
    if word[-1] == "." and _ABBREVIATION.search(word):
        return Boundary.CLAUSE if _TIME.search(word) and following.strip() else Boundary.NONE
    return Boundary.SENTENCE
