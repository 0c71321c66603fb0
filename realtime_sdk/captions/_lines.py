"""A transcript in lines, each with the word that is audible now."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ._caption import Caption
from ._screen import ROW_WIDTH, screen_width
from .text._segmentation import Boundary, boundary_between, split_units

MAX_LINE_WIDTH: Final = 2 * ROW_WIDTH
"""Columns of a line, unless one word is wider: two rows of a subtitle."""

_CLAUSE_WIDTH: Final = ROW_WIDTH  # after which a line ends with a clause


@dataclass(frozen=True, slots=True)
class CaptionLine:
    """A line of an item's transcript at the time of one of its words.

    Concatenating the last `text` of each of an item's lines gives the part of its transcript that was heard.
    """

    index: int
    """0, 1, 2 … within the item."""

    before: str
    """The part that was heard."""

    caption: Caption
    """The word that is audible now, or was last."""

    after: str
    """The part that follows, as far as it has arrived; "" after a cut."""

    @property
    def text(self) -> str:
        """The whole line: `before`, the caption's text, `after`."""
        return self.before + self.caption.text + self.after


def line_end(text: str, start: int) -> int:
    """Return the end of the line that starts at `start`: of its sentence, of a clause of a long one, or of the row.

    A line that continues at the end of `text` ends there for now; any other end is final.
    """
    units, rest = split_units(text[start : start + 4 * MAX_LINE_WIDTH], ended=False)
    end, width = start, 0
    for unit, following in pairwise([*units, rest]):
        width += screen_width(unit)
        if end > start and width > MAX_LINE_WIDTH:
            return end
        end += len(unit)
        boundary = boundary_between(unit, following) if following.strip() else Boundary.NONE
        if boundary is Boundary.SENTENCE or (boundary is Boundary.CLAUSE and width >= _CLAUSE_WIDTH):
            return end
    fits = end == start or width + screen_width(rest) <= MAX_LINE_WIDTH
    return end + len(rest) if fits else end
