"""Text on a screen: how wide it is, where a long word is broken, and in which direction a row is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

ROW_WIDTH: Final = 42
"""Latin letters in one row of a subtitle; wide characters of other scripts count as two, combining marks as none."""

_JOINER: Final = "\u200d"  # zero-width joiner: makes one picture of two emoji
_EMOJI_PRESENTATION: Final = "\ufe0f"  # makes the narrow character before it a wide one
_CLUSTER_WIDTH: Final = 2  # at most: an emoji of several characters

_RIGHT_TO_LEFT, _LEFT_TO_RIGHT, _END_OF_ISOLATE = "\u2067", "\u2066", "\u2069"
_RIGHT_TO_LEFT_CLASSES: Final = frozenset({"R", "AL"})
_EXPLICIT_CLASSES: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def screen_width(text: str) -> int:
    """Return the columns that a text takes, in a font whose Latin letters take one."""
    return len(text) if text.isascii() else sum(width for _, width in _clusters(text))


def break_word(word: str, row_width: int = ROW_WIDTH) -> Iterator[str]:
    """Yield a word in pieces that fit a row, broken between characters as a reader sees them."""
    piece, piece_width = "", 0
    for cluster, width in _clusters(word):
        if piece_width + width > row_width:
            yield piece
            piece, piece_width = "", 0
        piece, piece_width = piece + cluster, piece_width + width
    yield piece


def screen_text(text: str) -> str:
    """Return a text as a file can hold it and a screen show it.

    Without control characters, and without those that set a direction, whose effect would not end with a row. A lone
    surrogate, which has no UTF-8, becomes a replacement character.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(" " if letter.isspace() else letter for letter in text if not _is_hidden(letter))
    return shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def isolate(row: str, text: str) -> str:
    """Mark a row of `text` with the direction in which most of the text is read, if any of it is read from the right.

    Players set a row's direction by its first letter, or always from the left: a full stop, a number or a word of
    another script at either end would be in a wrong place.
    """
    if text.isascii():
        return row
    classes = [unicodedata.bidirectional(letter) for letter in text]
    from_right = sum(name in _RIGHT_TO_LEFT_CLASSES for name in classes)
    if not from_right:
        return row
    return (_RIGHT_TO_LEFT if from_right >= classes.count("L") else _LEFT_TO_RIGHT) + row + _END_OF_ISOLATE


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The characters as a reader sees them, each a letter with its marks, with their widths."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _continues(text[at - 1], text[at]):
            cluster = text[start:at]
            yield cluster, min(_CLUSTER_WIDTH, sum(map(_letter_width, cluster)))
            start = at


def _continues(before: str, letter: str) -> bool:
    return before == _JOINER or not _letter_width(letter) or unicodedata.category(letter).startswith("M")


def _letter_width(letter: str) -> int:
    if letter == _EMOJI_PRESENTATION:
        return 1
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _is_hidden(letter: str) -> bool:
    return (unicodedata.category(letter) == "Cc" and not letter.isspace()) or (
        unicodedata.bidirectional(letter) in _EXPLICIT_CLASSES
    )
