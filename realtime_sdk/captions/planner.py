"""A window that slides along sound and text, in which words are laid over speech anew whenever more of either came.

The window begins at a pause behind the position heard, whose place in the text is carried along as a cost for every
boundary near it: a pause that was mistaken for its neighbour is corrected by what follows. So no error can run away,
and the work does not grow with the length of the talk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .energy import Loudness, Runs
from .matching import Anchor, Floats, Match, Sound, Text, match
from .transcript import Transcript
from .words import Break

LOOKAHEAD = 6.0
"""Seconds of sound past the position that the plan takes into account; more does not make it better."""

_LOOK_AGAIN = 3.0  # seconds: with less than this planned ahead, new sound is worth a new plan
_BEHIND = 2.0  # seconds: a pause further behind the position may become the start of the window
_LONGEST = 20.0  # seconds: a window without a pause is cut at this length
_MOST_WORDS = 100  # in a window
_USUAL_PACE = 1 / 18  # seconds a phone takes, before anything was heard
_USUAL_PHONES = 40.0  # how much heard speech weighs as much as `_USUAL_PACE`
_PACE_MEMORY = 200.0  # phones after which what was heard before counts for half
_DRAWN_OUT = 1.0  # phones that the last word before a pause is longer
_FORGOTTEN = 12.0  # cost from which a place for the start of the window is no longer considered
_NEARBY = 5.0  # phones: standard deviation of a window's start that stands at no pause
_SAME_PACE = 0.1  # a difference in pace that is not worth another match
_NEVER = 1e9


@dataclass(frozen=True, slots=True)
class Plan:
    """Start and end of the units from `first` on, in seconds; infinity: that sound has not come yet."""

    first: int
    starts: Floats
    ends: Floats


@dataclass(frozen=True, slots=True)
class _Base:
    """Where a window begins: at `seconds`, in front of unit `first` or of one near after it."""

    seconds: float
    first: int
    costs: Floats  # of the boundary before unit `first`, and of those after it


@dataclass(frozen=True, slots=True)
class _Window:
    """The units from the base on, and the sound in which they are looked for."""

    text: Text
    runs: Runs  # speech
    end: float  # seconds up to which the sound was looked at
    complete: bool  # the words of `text` are not heard after `end`
    closing: float | None  # provider's seconds at which the units behind `text` begin

    @property
    def words(self) -> int:
        """How many units there are."""
        return len(self.text.phones)


class Planner:
    """Plans when the units of a transcript are heard."""

    def __init__(self, transcript: Transcript, loudness: Loudness) -> None:
        self._transcript, self._loudness = transcript, loudness
        self._base = _Base(0.0, 0, np.zeros(1))
        self._heard = (_USUAL_PACE * _USUAL_PHONES, _USUAL_PHONES)  # seconds and phones of speech behind the window
        self._pace = _USUAL_PACE  # seconds a phone takes, by all that is known
        self._planned = 0.0  # seconds up to which the last plan looked at the sound
        self._closing = np.inf  # seconds at which the last plan ends, because the provider's time takes over

    def outdated(self, position: float) -> bool:
        """Whether the last plan falls short of `position`, or new sound makes another one worth while."""
        return position >= self._closing or self._planned < min(self._loudness.seconds, position + _LOOK_AGAIN)

    def plans(self, position: float, *, ended: bool) -> Iterator[Plan]:
        """Give the plans that together tell every unit audible up to `position`; `ended`: no more sound comes."""
        self._closing = np.inf
        while self._base.first < len(self._transcript.units):
            window = self._window(position, ended=ended)
            self._planned, self._closing = window.end, np.inf if window.closing is None else window.closing
            found = self._match(window) if len(window.runs) else None
            yield self._plan(window, found)
            base = self._next_base(position, window, found)
            if base is None:
                return
            self._base = base
            if window.closing is None and window.end >= min(self._loudness.seconds, position + LOOKAHEAD):
                return

    def _window(self, position: float, *, ended: bool) -> _Window:
        base, units = self._base, self._transcript.units
        start = units[base.first].start
        if start is not None and start > base.seconds:
            self._base = base = replace(base, seconds=start)
        last, closing = self._segment()
        breaks = np.array(self._transcript.breaks(base.first, last), np.intp)
        phones = np.array([unit.phones for unit in units[base.first : last]])
        phones += np.where((phones > 0) & (breaks > Break.NONE), _DRAWN_OUT, 0.0)
        whole = closing is not None or (self._transcript.ended and last == len(units))
        text = Text(phones, breaks, whole)
        known = self._loudness.seconds
        end, complete = min(known, position + LOOKAHEAD, base.seconds + _LONGEST), False
        if closing is not None and (closing <= end or not known):
            end, complete = max(closing, base.seconds), True
        elif end == known:
            complete = ended
        runs = self._loudness.runs(base.seconds, end)
        if not len(runs) and start is not None and (complete or not known):
            # The provider's time is all there is to go by.
            runs = np.array([[base.seconds, max(end, base.seconds + float(phones.sum()) * self._pace)]])
        return _Window(text, runs, end, complete, closing)

    def _segment(self) -> tuple[int, float | None]:
        """End of the units that the window has to place, and when the provider says that those behind begin."""
        units, first = self._transcript.units, self._base.first
        for index in range(first, min(len(units), first + _MOST_WORDS)):
            if index > first and units[index].start is not None:
                return index, units[index].start
            if units[index].end is not None:
                return index + 1, units[index].end
        return min(len(units), first + _MOST_WORDS), None

    def _match(self, window: _Window) -> Match:
        """Lay the words over the speech; once more where that shows another pace."""
        sound = Sound(window.runs, window.end, window.complete)
        costs = np.full(window.words + 1, _NEVER)
        known = self._base.costs[: window.words + 1]
        costs[: len(known)] = known
        for _ in range(2):
            before = self._pace
            found = match(window.text, sound, before, costs)
            seconds, phones = _spoken(window, found.anchors[0], found.anchors[-1])
            self._pace = (self._heard[0] + seconds) / (self._heard[1] + phones)
            if abs(self._pace / before - 1) < _SAME_PACE:
                break
        return found

    def _plan(self, window: _Window, found: Match | None) -> Plan:
        if found is None:
            starts = np.full(window.words, window.end if window.complete else np.inf)
            ends = starts.copy()
        else:
            starts, ends = found.starts, found.ends
        given = self._transcript.units[self._base.first]
        if given.start is not None:
            starts[0] = given.start
        return Plan(self._base.first, starts, ends)

    def _next_base(self, position: float, window: _Window, found: Match | None) -> _Base | None:
        """Where the window may begin from now on, if not where it did."""
        base = self._base
        if window.closing is not None and window.complete and position >= window.closing:
            return _Base(max(window.closing, base.seconds), base.first + window.words, np.zeros(1))
        if found is None:
            return replace(base, seconds=window.end) if position - _BEHIND >= window.end else None
        for anchor in reversed(found.anchors[1:]):
            if anchor.run < len(window.runs) and window.runs[anchor.run, 0] <= position - _BEHIND:
                seconds, phones = _spoken(window, found.anchors[0], anchor)
                memory = 0.5 ** (phones / _PACE_MEMORY)
                self._heard = (self._heard[0] * memory + seconds, self._heard[1] * memory + phones)
                return self._base_at(float(window.runs[anchor.run - 1, 1]), anchor.costs - anchor.costs[anchor.word])
        past = np.flatnonzero(found.starts <= position - _BEHIND)
        if window.end - base.seconds < _LONGEST - 1e-6 or not len(past) or past[-1] == 0:
            return None
        said = window.text.said
        return self._base_at(float(found.starts[past[-1]]), 0.5 * ((said - said[past[-1]]) / _NEARBY) ** 2)

    def _base_at(self, seconds: float, costs: Floats) -> _Base:
        near = np.flatnonzero(costs < _FORGOTTEN)
        return _Base(seconds, self._base.first + int(near[0]), costs[near[0] : near[-1] + 1])


def _spoken(window: _Window, first: Anchor, last: Anchor) -> tuple[float, float]:
    """Seconds of speech, and phones said in them, between two anchors."""
    seconds = float(np.diff(window.runs[first.run : last.run]).sum())
    return seconds, float(window.text.phones[first.word : last.word].sum())
