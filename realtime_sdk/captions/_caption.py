"""A caption: words with the time at which they are heard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caption:
    """A word (or another smallest unit that is shown at once) of an item's transcript.

    Concatenating the `text` of an item's captions gives its transcript, character for character: white space and
    punctuation belong to the caption they stand in.
    """

    item_id: str  # "" where the aligner was not told
    index: int  # 0, 1, 2 … within the item
    text: str
    start: float  # seconds in the item's audio at which the first sound of `text` is heard
    end: float  # seconds in the item's audio at which its last sound ends
    estimated: bool = True  # False: the provider told `start`, or the word was found there by its sound
