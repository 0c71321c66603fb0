"""Words spread over a time in which they were spoken, where nothing is known of the audio."""

from __future__ import annotations

from collections.abc import Iterator

from .text._pronunciation import length_in_phones
from .text._segmentation import split_units


def spread(text: str, start: float, end: float) -> Iterator[tuple[str, float, float]]:
    """Yield the words of a text with their starts and ends, in seconds, as if each phone took the same time."""
    words, _ = split_units(text, ended=True)
    lengths = [length_in_phones(word) for word in words]
    tempo = (end - start) / (sum(lengths) or 1.0)
    for word, length in zip(words, lengths, strict=True):
        yield word, start, start + length * tempo
        start += length * tempo
