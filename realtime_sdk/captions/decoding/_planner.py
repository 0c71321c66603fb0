"""A window that slides along sound and text, in which words are laid over speech anew as more of either arrives.

The window begins at a pause behind the position heard. Where in the text that pause stands is carried along as a cost
for every boundary near it, so that a pause which was mistaken for its neighbour is put right by what follows: no error
can run away, and the work does not grow with the length of the talk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..features._energy import SHORTEST_PAUSE, Floats, Loudness
from ..features._kinds import misfits
from ..features._sound import Sound
from ..features._timbre import Timbre
from ..text._transcript import Transcript
from ..text._words import Break
from ._matching import IMPOSSIBLE, Match, Text, match
from ._pace import NOTHING, USUAL, Speech, by_syllables

_LOOKAHEAD = 6.0  # seconds of sound past the position that a plan takes into account; more makes it no better
_LOOK_AGAIN = 3.0  # seconds: with less than this planned ahead, new sound is worth a new plan
_BEHIND = 2.0  # seconds: a pause so far behind the position may become the start of the window
_LONGEST = 10.0  # seconds: a window is no longer than this, even without a pause
_LONG_PAUSE = 3.0  # seconds: a silence so long is the start of a window before that one is full
_MOST_WORDS = 100  # in a window
_WHOLE_SECONDS = 60.0  # a rest of sound and text that is known to its end, and is no longer, tells its own pace
_SOON = 0.2  # seconds: another plan seldom has a word begin earlier by more
_DRAWN_OUT = 1.5  # phones by which the last word before a pause is longer
_FORGOTTEN = 10.0  # cost from which a place for the start of the window is no longer considered


@dataclass(frozen=True, slots=True)
class Plan:
    """Start and end of the units from `first` on, in seconds; infinity: that sound has not come yet."""

    first: int
    starts: Floats
    ends: Floats
    doubts: Floats  # by how many seconds the starts may well miss
    paused: bool  # a pause was found behind the last of them

    def is_near(self, unit: int, position: float) -> bool:
        """Whether a unit may begin soon, for all that is known: until then, another plan changes nothing."""
        place = unit - self.first
        start = self.starts[place] if 0 <= place < len(self.starts) else -np.inf
        return bool(np.isinf(start) or start <= position + _SOON)

    @property
    def awaits_sound(self) -> bool:
        """Whether the text is ahead of the sound, so that more of it changes nothing."""
        return bool(np.isinf(self.starts[-1]))


@dataclass(frozen=True, slots=True)
class _Base:
    """Where a window begins: at `seconds`, in unit `first` or near after it."""

    seconds: float
    first: int
    costs: Floats  # of the places before the phones of unit `first`, and of those after it

    @property
    def place(self) -> tuple[float, int]:
        """What grows from one base to the next."""
        return self.seconds, self.first


@dataclass(frozen=True, slots=True)
class _Window:
    """The units from the base on, and the sound in which they are looked for."""

    base: _Base
    text: Text
    sound: Sound
    closing: float | None  # provider's seconds at which the units behind `text` begin

    @property
    def is_full(self) -> bool:
        """Whether it is as long as a window may be."""
        return self.sound.end >= self.base.seconds + _LONGEST

    def speech(self, found: Match, frame: int, phone: int) -> Speech:
        """What is said before a frame of speech, at which a phone begins."""
        first = int(np.searchsorted(found.frames, 0, side="right")) - 1
        lengths = self.text.lengths_before
        return Speech(frame * self.sound.step, float(lengths[max(phone, first)] - lengths[first]))


class Planner:
    """Plans when the units of a transcript are heard."""

    def __init__(self, transcript: Transcript, loudness: Loudness, timbre: Timbre) -> None:
        self._transcript, self._loudness, self._timbre = transcript, loudness, timbre
        self._base = _Base(0.0, 0, np.zeros(1))
        self._matched = NOTHING  # the speech behind the window
        self._pace = USUAL.pace  # seconds a phone takes, by the last match
        self._planned = 0.0  # seconds up to which the last plan looked at the sound
        self._closing: float | None = None  # seconds at which the last plan ends, because the provider tells more

    def outdated(self, position: float) -> bool:
        """Whether the last plan falls short of `position`, or new sound makes another one worth while."""
        if self._closing is not None and position >= self._closing:
            return True
        return self._planned < min(self._loudness.seconds, position + _LOOK_AGAIN)

    def plans(self, position: float, *, ended: bool) -> Iterator[Plan]:
        """Give the plans that together tell every unit audible up to `position`; `ended`: no more sound comes."""
        while self._base.first < len(self._transcript.units):
            window = self._window(position, ended=ended)
            self._planned, self._closing = window.sound.end, window.closing
            found = self._match(window, ended=ended) if len(window.sound.times) else None
            yield self._plan(window, found)
            base = self._next_base(position, window, found)
            if base is None or base.place <= window.base.place:
                return
            self._base = base
            if window.closing is None and window.sound.end >= min(self._loudness.seconds, position + _LOOKAHEAD):
                return

    def settle(self, position: float, *, ended: bool) -> None:
        """Move the window on while all the text is shown: what is said later belongs behind a pause that is over."""
        if self.outdated(position):
            for _ in self.plans(position, ended=ended):
                pass

    def _window(self, position: float, *, ended: bool) -> _Window:
        base, units = self._base, self._transcript.units
        given = units[base.first].start
        if given is not None:
            base = replace(base, seconds=max(given, base.seconds))
        last, closing = self._segment()
        text = self._text(last, complete=closing is not None or (self._transcript.ended and last == len(units)))
        known = self._loudness.seconds
        end = min(known, position + _LOOKAHEAD, base.seconds + _LONGEST)
        complete = ended and end == known
        if closing is not None:
            closing = max(closing, base.seconds)  # times that run backwards take nothing back
        if closing is not None and (closing <= end or not known):
            end, complete = closing, True
        runs = self._loudness.runs(base.seconds, end, self._timbre.steady())
        if given is not None and not len(runs) and (complete or not known):
            # No speech can be heard in it: the provider's time is all there is to go by.
            until = end if end > base.seconds else base.seconds + float(text.said[-1]) * self._pace
            until = min(until, base.seconds + _LONGEST)
            runs, complete = np.array([[base.seconds, until]]), True
        sound = Sound(runs, self._loudness.step, end, complete)
        return _Window(base, text, sound, closing)

    def _segment(self) -> tuple[int, float | None]:
        """End of the units that the window has to place, and where the provider says that those behind begin."""
        units, first = self._transcript.units, self._base.first
        last = min(len(units), first + _MOST_WORDS)
        for index in range(first, last):
            if index > first and units[index].start is not None:
                return index, units[index].start
            if units[index].end is not None:
                return index + 1, units[index].end
        return last, None

    def _text(self, last: int, *, complete: bool) -> Text:
        first = self._base.first
        breaks = np.array(self._transcript.breaks(first, last), np.intp)
        sounds = [unit.sounds for unit in self._transcript.units[first:last]]
        phones = np.array([phone for each in sounds for phone in each.phones]).reshape(-1, 3)
        kinds, lengths, optional = phones[:, 0].astype(np.intp), phones[:, 1], phones[:, 2] > 0
        firsts = np.append(0, np.cumsum([len(each.phones) for each in sounds], dtype=np.intp))
        ends = firsts[1:][(breaks > Break.NONE) & (np.diff(firsts) > 0)] - 1
        lengths[ends - optional[ends]] += _DRAWN_OUT  # the last one that is surely said
        syllables = sum(each.syllables for each in sounds)
        found = np.array([unit.found for unit in self._transcript.units[first:last]], np.float64)
        return Text(kinds, lengths, optional, syllables, firsts, breaks, found, complete)

    def _match(self, window: _Window, *, ended: bool) -> Match:
        """Lay the words over the speech."""
        costs = np.full(len(window.text.kinds) + 1, IMPOSSIBLE)
        known = window.base.costs[: len(costs)]
        costs[: len(known)] = known
        if costs.min() >= _FORGOTTEN:  # the text became shorter than what was said of it
            costs[-1] = 0.0
        before = self._matched + self._expected(window, ended=ended)
        sounds_like = misfits(self._timbre.features(window.sound.times))
        found = match(window.text, window.sound, sounds_like, before.pace, costs)
        self._pace = found.pace
        return found

    def _expected(self, window: _Window, *, ended: bool) -> Speech:
        """What tells the pace without a match."""
        start, known = window.base.seconds, self._loudness.seconds
        if ended and self._transcript.ended and known - start <= _WHOLE_SECONDS:
            seconds = float(np.diff(self._loudness.runs(start, known, self._timbre.steady())).sum())
            phones = sum(unit.sounds.length for unit in self._transcript.units[window.base.first :])
            if seconds and phones:
                return Speech(seconds, phones)
        syllables = window.sound.syllables(self._loudness.dips(start, window.sound.end))
        seconds = float(window.sound.spoken[-1]) * window.sound.step
        return by_syllables(seconds, syllables, window.text.phones_a_syllable)

    def _plan(self, window: _Window, found: Match | None) -> Plan:
        if found is None:
            starts = np.full(len(window.text.breaks), window.sound.end if window.sound.complete else np.inf)
            ends, doubts, paused = starts.copy(), np.zeros(len(starts)), False
        else:
            starts, ends, doubts = found.starts, found.ends, found.doubts
            paused = found.paused
        units = self._transcript.units[window.base.first : window.base.first + len(starts)]
        if units[0].start is not None:
            starts[0] = units[0].start
            ends[0] = max(starts[0], ends[0] if found is not None else 0.0)
        if units[-1].end is not None:
            ends[-1] = units[-1].end
        return Plan(window.base.first, starts, ends, doubts, paused)

    def _next_base(self, position: float, window: _Window, found: Match | None) -> _Base | None:
        """Where the window is to begin from now on, if not where it did."""
        base, settled = window.base, position - _BEHIND
        if window.closing is not None and window.sound.complete and position >= window.closing:
            return _Base(window.closing, base.first + len(window.text.breaks), np.zeros(1))
        if found is None:
            return replace(base, seconds=max(base.seconds, min(window.sound.end, settled)))
        base_at_pause = self._at_pause(window, found, settled)
        return base_at_pause or (self._at_word(window, found, settled) if window.is_full else None)

    def _at_pause(self, window: _Window, found: Match, settled: float) -> _Base | None:
        """In the last pause between two words that ends by `settled`; in a full window, that begins by then."""
        sound, full = window.sound, window.is_full
        for anchor in reversed(found.anchors[1:]):
            ends = anchor.run < len(sound.runs) and sound.runs[anchor.run, 0] <= settled
            if ends or (full and sound.runs[anchor.run - 1, 1] <= settled):
                frame, phone = int(sound.spoken[anchor.run]), int(window.text.firsts[anchor.word])
                self._matched = self._matched.followed_by(window.speech(found, frame, phone))
                return _near(window, float(sound.runs[anchor.run - 1, 1]), found.costs(frame), phone)
        if sound.silence >= (SHORTEST_PAUSE if full else _LONG_PAUSE) and sound.runs[-1, 1] <= settled:
            frame, costs = len(sound.times), found.costs(len(sound.times))
            phone = int(costs.argmin())
            if costs[phone] < IMPOSSIBLE:
                self._matched = self._matched.followed_by(window.speech(found, frame, phone))
                return _near(window, float(sound.runs[-1, 1]), costs, phone)
        silent = min(float(sound.runs[0, 0]) - SHORTEST_PAUSE, settled)
        return replace(window.base, seconds=silent) if full and silent > window.base.seconds else None

    def _at_word(self, window: _Window, found: Match, settled: float) -> _Base | None:
        """Where the last word begins that does by `settled`; within it, if it is longer than a window."""
        sound, text = window.sound, window.text
        past = np.flatnonzero(found.starts <= min(settled, sound.end))
        if len(past) and found.starts[past[-1]] > window.base.seconds:
            phone = int(text.firsts[past[-1]])
            return _near(window, float(found.starts[past[-1]]), found.costs(int(found.frames[phone])), phone)
        frame = int(np.searchsorted(sound.times, settled, side="right")) - 1
        if frame <= 0 or settled < sound.end - _LOOK_AGAIN - _BEHIND:
            return None
        costs = found.costs(frame, within=True)
        phone = int(costs.argmin())
        if costs[phone] < IMPOSSIBLE:
            return _near(window, float(sound.times[frame]), costs, phone)
        behind = window.base.first + len(text.breaks)  # all the words in the window were said before
        return _Base(float(sound.times[frame]), behind, np.zeros(1)) if behind < len(self._transcript.units) else None


def _near(window: _Window, seconds: float, costs: Floats, phone: int) -> _Base:
    """A base near a place in the text of a window; `costs`: of all of them there."""
    near = np.flatnonzero(costs < costs[phone] + _FORGOTTEN)
    firsts = window.text.firsts
    word = int(np.searchsorted(firsts, near[0], side="right")) - 1
    return _Base(seconds, window.base.first + word, costs[firsts[word] : near[-1] + 1] - costs[phone])
