"""Captions, line by line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from ...captions._caption import Caption
from ...captions._lines import CaptionLine, line_end


class LineReader(AsyncIterator[CaptionLine]):
    """The lines of an item: each is given for every word of it that is heard, and again if it was cut.

    `captions` are those of the item, `text` returns its transcript so far.
    """

    def __init__(self, captions: AsyncIterator[Caption], text: Callable[[], str]) -> None:
        self._captions = captions
        self._text = text
        self._line: CaptionLine | None = None  # the last one given; None: none was
        self._index = 0
        self._start = 0  # the character at which the line starts
        self._shown = 0  # characters of the captions so far

    async def __anext__(self) -> CaptionLine:
        try:
            caption = await anext(self._captions)
        except StopAsyncIteration:
            if self._line is None or not self._line.after:
                raise
            self._line = replace(self._line, after="")
        else:
            self._line = self._line_of(caption)
        return self._line

    def _line_of(self, caption: Caption) -> CaptionLine:
        at, text = self._shown, self._text()
        self._shown += len(caption.text)
        while (end := line_end(text, self._start)) <= at and end > self._start:
            self._start, self._index = end, self._index + 1
        # A final transcript may differ from the text shown by then, which is not changed.
        return CaptionLine(self._index, text[self._start : at], caption, text[self._shown : end])
