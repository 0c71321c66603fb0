"""The captions of a message that no event can change any more, as numbers beside its text."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from ...captions._caption import Caption
from ...captions._spread import spread


class PlacedCaptions:
    """Captions that were placed in time while the message was heard: some 20 bytes each, instead of 200."""

    __slots__ = ("_ends", "_estimated", "_item_id", "_times", "text")

    def __init__(self, item_id: str, captions: Sequence[Caption], text: str) -> None:
        shown = "".join(caption.text for caption in captions)
        self.text = text if shown == text else shown  # mostly the message's own
        self._item_id = item_id
        self._times = array("d", (time for caption in captions for time in (caption.start, caption.end)))
        self._ends = array("I")  # characters of the text up to the end of each
        end = 0
        for caption in captions:
            end += len(caption.text)
            self._ends.append(end)
        self._estimated = bytes(caption.estimated for caption in captions)

    def __iter__(self) -> Iterator[Caption]:
        begin = 0
        for n, end in enumerate(self._ends):
            start_time, end_time = self._times[2 * n], self._times[2 * n + 1]
            yield Caption(self._item_id, n, self.text[begin:end], start_time, end_time, bool(self._estimated[n]))
            begin = end


class UnplacedCaptions:
    """Captions that were not requested before the message was settled: they are spread over its duration.

    parts: the text of each content part, and its seconds of audio.
    """

    __slots__ = ("_item_id", "_parts")

    def __init__(self, item_id: str, parts: Iterable[tuple[str, float]]) -> None:
        self._item_id = item_id
        self._parts = tuple(parts)

    @property
    def text(self) -> str:
        """Their text: that of the message."""
        return "".join(text for text, _ in self._parts)

    def __iter__(self) -> Iterator[Caption]:
        count, offset = 0, 0.0
        for text, seconds in self._parts:
            for word, start, end in spread(text, 0.0, seconds):
                yield Caption(self._item_id, count, word, offset + start, offset + end, True)
                count += 1
            offset += seconds


SettledCaptions: TypeAlias = PlacedCaptions | UnplacedCaptions
"""The captions of a settled message; both are iterated over for captions, and have their text."""
