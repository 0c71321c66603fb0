"""The units of a transcript as captions: each is made once, in order, when its word has become audible."""

from __future__ import annotations

import math

from ._caption import Caption
from .decoding._word_times import WordTimes
from .features._phone_likelihoods import PhoneLikelihoods
from .features._unmeasured_audio import UnmeasuredAudio
from .text._segmentation import Boundary
from .text._transcript import Transcript, Unit

# benchmarks/captions.py: the column "early".
_DELAY_SECONDS = 0.015  # by which an estimated caption is delayed: late is better than early,
_DELAY_DEVIATIONS = 0.5  # and by this many standard deviations of its start
# benchmarks/captions.py: "1.1x".
_OPEN_WORD_SECONDS = 0.2  # for which an audible last word waits, because it may still grow


class DueCaptions:
    """Makes the captions of a transcript.

    `index` is that of the first one; `offset` seconds are added to their times. `ended`: no audio follows.
    """

    def __init__(
        self, transcript: Transcript, audio: UnmeasuredAudio, likelihoods: PhoneLikelihoods, *, item_id: str,
        index: int, offset: float,
    ) -> None:  # fmt: skip
        self.offset = offset
        self.count = 0  # units that became captions
        self.last_start = 0.0  # seconds, of the last caption, without the offset
        self._transcript, self._audio, self._likelihoods = transcript, audio, likelihoods
        self._item_id = item_id
        self._first_index = index
        self._waiting_word = (0, "")  # index and text of the open word that waited last
        self._waiting_since = 0.0  # seconds of the position at which it began to wait

    def take(self, times: WordTimes, position: float, *, ended: bool) -> list[Caption]:
        """Return the captions of the next units, as far as they are audible by `position` seconds."""
        self._transcript.split_some()  # the open word may have grown
        captions = []
        for unit in self._transcript.units[self.count : times.first + len(times.starts)]:
            start = self._next_start(times)
            if math.isinf(start) or position < self._audible_at(unit, times, ended=ended):
                break
            if unit.open:
                if not self._seems_complete(times) and self._waited(unit, position) < _OPEN_WORD_SECONDS:
                    break
                self._transcript.close()
            captions.append(self._caption(unit, start, float(times.ends[self._next_place(times)])))
        return captions

    def take_rest(self) -> list[Caption]:
        """Return the captions of all further units: at the provider's times, or at the end of the audio."""
        captions = []
        for unit in self._transcript.units[self.count :]:
            start = self._audio.seconds if unit.start is None else unit.start
            captions.append(self._caption(unit, start, start if unit.end is None else unit.end))
        return captions

    def next_due(self, times: WordTimes, *, ended: bool) -> float:
        """Return the position from which the next caption may be due, as far as its word is placed; else infinity."""
        units = self._transcript.units
        if not self.count < min(len(units), times.first + len(times.starts)):
            return math.inf
        unit = units[self.count]
        waits = unit.open and self._waiting_word == (self.count, unit.text)
        audible = self._audible_at(unit, times, ended=ended)
        return max(audible, self._waiting_since + _OPEN_WORD_SECONDS) if waits else audible

    def _next_place(self, times: WordTimes) -> int:
        """The place of the next unit among those with times."""
        return max(self.count - times.first, 0)

    def _next_start(self, times: WordTimes) -> float:
        """When the next unit starts; infinity: its audio has not arrived."""
        return max(float(times.starts[self._next_place(times)]), self.last_start)

    def _audible_at(self, unit: Unit, times: WordTimes, *, ended: bool) -> float:
        """The position at which the next unit is audible with some certainty; infinity: its audio has not arrived."""
        start = self._next_start(times)
        if unit.start is not None:
            return start
        likely = start + _DELAY_SECONDS + _DELAY_DEVIATIONS * float(times.deviations[self._next_place(times)])
        return min(likely, max(start, self._audio.seconds)) if ended else likely  # all has been heard at the end

    def _seems_complete(self, times: WordTimes) -> bool:
        """Whether the last word, which may still grow, is taken to be complete."""
        if self._transcript.is_word_by_word:
            return True
        last = len(self._transcript.units)
        digits = any(map(str.isdecimal, self._transcript.units[-1].text))  # "1," may become "1,250"
        return (times.ends_in_pause or not digits) and self._transcript.boundaries(last - 1, last)[0] > Boundary.NONE

    def _waited(self, unit: Unit, position: float) -> float:
        """Seconds for which the last word has waited since it last grew."""
        word = self.count, unit.text
        if self._waiting_word != word:
            self._waiting_word, self._waiting_since = word, position
        return position - self._waiting_since

    def _caption(self, unit: Unit, start: float, end: float) -> Caption:
        self.last_start = max(start, self.last_start)
        caption = Caption(
            self._item_id, self._first_index + self.count, unit.text,
            self.last_start + self.offset, max(self.last_start, end) + self.offset,
            self.last_start not in (unit.start, unit.anchor) and not self._likelihoods.is_recognised(self.last_start),
        )  # fmt: skip
        self.count += 1
        return caption
