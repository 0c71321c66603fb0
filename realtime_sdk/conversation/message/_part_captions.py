"""The captions of one content part: what of its text was shown, and how the rest is, with or without times."""

from __future__ import annotations

import math

from ...audio._pcm import to_seconds
from ...captions._caption import Caption
from ...captions._spread import spread
from ._deferred_aligner import DeferredAligner


class PartCaptions:
    """Returns the captions of a part, each once, in order: timed by its aligner where that knows its words."""

    def __init__(self, item_id: str, rate: int, aligner: DeferredAligner) -> None:
        self._item_id = item_id
        self._rate = rate
        self._aligner = aligner
        self._text = ""
        self._count = 0  # captions returned so far
        self._shown = 0  # characters of them
        self._shown_until = 0.0  # seconds, the end of the last one
        self._is_timed = False  # the provider gives times
        self._released = False  # the playout is final: nothing of the audio is kept

    @property
    def _seconds(self) -> float:
        return to_seconds(self._aligner.frames, self._rate)

    def push_text(self, delta: str, start: float | None, end: float | None) -> None:
        """Add the next piece of text, with the times of its audio where the provider gives them."""
        self._text += delta
        self._is_timed = self._is_timed or start is not None or end is not None
        self._aligner.push_text(delta, start, end)

    def end_text(self, text: str | None) -> None:
        """The text is complete; `text` is the whole, where the server repeats it."""
        if text is not None and not (self._released and self._text[: self._shown] != text[: self._shown]):
            self._text = text
        self._aligner.end_text(text)

    def release(self) -> None:
        """Free all that was measured of the audio: captions requested later are spread over it."""
        self._aligner.release()
        self._released = True

    def due(self, position: float) -> list[Caption]:
        """The captions audible up to `position` seconds, of the words that were placed."""
        return self._shown_now(self._aligner.due(position))

    def finish(self, position: float) -> list[Caption]:
        """The last captions of audio that was cut at `position` seconds, of the words that were placed."""
        if (captions := self._aligner.finish(position)) is not None:
            return self._shown_now(captions)
        if self._released:
            return []
        heard = position / self._seconds if self._seconds else 0.0
        return self._untimed(self._text[: math.floor(len(self._text) * heard)], position)

    def flush(self) -> list[Caption]:
        """The last captions of audio that was heard to its end, or of text without audio."""
        if self._aligner.is_unmeasured and not self._is_timed:
            self.release()  # all was heard before a word was placed: to measure it now is too late
        if (captions := self._aligner.flush()) is not None:
            return self._shown_now(captions)
        return self._spread(self._seconds) if self._released else self._untimed(self._text, self._seconds)

    def _shown_now(self, captions: list[Caption]) -> list[Caption]:
        """Record captions that the aligner has returned."""
        self._count += len(captions)
        self._shown += sum(len(caption.text) for caption in captions)
        self._shown_until = captions[-1].end if captions else self._shown_until
        return captions

    def _spread(self, end: float) -> list[Caption]:
        """All of the text that was not shown yet, word by word over the audio behind what was shown."""
        words = spread(self._text[self._shown :], min(self._shown_until, end), end)
        captions = [Caption(self._item_id, self._count + n, *word, True) for n, word in enumerate(words)]
        self._count, self._shown, self._shown_until = self._count + len(captions), len(self._text), end
        return captions

    def _untimed(self, text: str, end: float) -> list[Caption]:
        """All of a text that was not shown yet, as one caption, where no words can be placed in time."""
        rest = text[self._shown :]
        if not rest:
            return []
        caption = Caption(self._item_id, self._count, rest, end, end, True)
        self._count, self._shown = self._count + 1, len(text)
        return [caption]
