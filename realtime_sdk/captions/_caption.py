"""A caption: a word with the times at which it is audible."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caption:
    """A word of an item's transcript, or the smallest unit in a script without spaces.

    Concatenating the `text` of an item's captions gives its transcript, character for character: white space and
    punctuation belong to the caption in which they are.
    """

    item_id: str
    """Item id; empty if the aligner was given none."""

    index: int
    """0, 1, 2 … within the item."""

    text: str

    start: float
    """Seconds in the item's audio at which `text` starts."""

    end: float
    """Seconds in the item's audio at which `text` ends."""

    estimated: bool = True
    """False: the provider sent `start`, or the acoustic model found the word there."""
