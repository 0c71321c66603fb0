"""A transcript in lines, each with the word that is audible now."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ._caption import Caption
from .text._segmentation import Boundary, boundary_between, split_units

MAX_LINE_CHARACTERS: Final = 84
"""Of a line, unless one word is longer: two rows of a subtitle."""

_CLAUSE_CHARACTERS: Final = 42  # after which a line ends with a clause


@dataclass(frozen=True, slots=True)
class CaptionLine:
    """A line of an item's transcript while one word of it is heard.

    Concatenating the `text` of an item's lines, each as it was last given, gives what was heard of its transcript.
    """

    index: int  # 0, 1, 2 … within the item
    before: str  # what of it was heard
    caption: Caption  # the word that is heard now, or was last
    after: str  # what of it is to come, as far as it is written; "" once the sound was cut

    @property
    def text(self) -> str:
        """The whole line."""
        return self.before + self.caption.text + self.after


def line_end(text: str, start: int) -> int:
    """Where the line that starts at `start` ends: with its sentence, with a clause of a long one, or where it is full.

    The end of a line that goes on at the end of `text` is that of `text`; else no more text moves it.
    """
    units, rest = split_units(text[start : start + 4 * MAX_LINE_CHARACTERS], ended=False)
    end = start
    for unit, following in pairwise([*units, rest]):
        if end > start and end + len(unit) - start > MAX_LINE_CHARACTERS:
            return end
        end += len(unit)
        boundary = boundary_between(unit, following) if following.strip() else Boundary.NONE
        if boundary is Boundary.SENTENCE or (boundary is Boundary.CLAUSE and end - start >= _CLAUSE_CHARACTERS):
            return end
    fits = end == start or end + len(rest) - start <= MAX_LINE_CHARACTERS
    return end + len(rest) if fits else end
