"""Words laid over speech: each phone over frames that sound like its kind and last as long as it does.

One dynamic programme finds the frames at which every phone begins, and the pace at which all of them fit best. Its
costs are negative log likelihoods: how well the frames sound like the phone, how well their number fits its length, how
likely a pause is at such a place in the text, and how long it lasts there. A pause may also stand at no boundary of
words, inside a number for example.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..features._energy import SHORTEST_PAUSE, Floats
from ..features._kinds import Kind
from ..features._sound import Frames, Sound
from ..text._words import Break

_PHONE_SPREAD = 0.5  # standard deviation of the logarithm of a phone's speed
_LONGEST_PHONE = 3.0  # times its usual length
_PACES = np.array([-0.25, 0.0, 0.25])  # logarithms: against the expected one
_PACE_SPREAD = 0.2  # standard deviation of those
_UNLIKELY = 4.0  # a pace whose best way costs so much more says nothing about the best one
_LEFT_OVER = 0.5  # cost of a frame of speech that no word is laid over, though all of them are known;
_UNTOLD = 0.1  # the same where more words may follow
_UNSAID = 1.0  # cost of a phone that is not heard
_MUTE = 1.0  # cost of an optional one that is not said
_FOUND, _STRAY = 4.0, 0.04  # worth of a word where somebody heard it begin, and seconds that make it worth 1 less
_AT = 0.15  # seconds: no further from where somebody heard it a word is taken to begin there
_BEAM = 20.0  # what costs so much more than another way to the same place in the text is given up

# Pauses at a word boundary, by its `Break`: how likely one is, how long it lasts on average beyond the shortest, and
# the most that its length may cost, for people think at times. The same for a pause at no boundary, where
# nobody does.
_LIKELY, _SECONDS, _MOST = np.array([0.02, 0.75, 0.93]), np.array([0.06, 0.15, 0.3]), np.array([5.0, 5.0, 2.0])
_INSIDE_LIKELY, _INSIDE_SECONDS, _INSIDE_MOST = 0.01, 0.06, 9.0
_USUAL_WORDS = 40.0  # words that tell how often a speaker pauses as well as is known before
_USUAL_PHONES, _USUAL_SYLLABLES = 17.0, 5.0  # of some words
IMPOSSIBLE = 1e9


@dataclass(frozen=True, slots=True)
class Text:
    """The words of the window: their phones one after the other, each of a `Kind` and a length."""

    kinds: Frames
    lengths: Floats
    optional: npt.NDArray[np.bool_]  # which of them may be mute
    syllables: float  # in all of them
    firsts: Frames  # place of each word's first phone, and that behind the last word: shape (n+1,)
    breaks: Frames  # the `Break` after each word, shape (n,)
    found: Floats  # seconds at which somebody heard each word begin, shape (n,); not a number: nobody did
    complete: bool  # no more words follow

    @property
    def phones_a_syllable(self) -> float:
        """How long one is on average, in phones; taken to be usual while there is little text."""
        return float((self.lengths.sum() + _USUAL_PHONES) / (self.syllables + _USUAL_SYLLABLES))

    @property
    def said(self) -> Floats:
        """Length of the phones before each word boundary, shape (n+1,)."""
        return self.lengths_before[self.firsts]

    @property
    def lengths_before(self) -> Floats:
        """Length of the phones before each of them, and of all: shape (phones+1,)."""
        return np.append(0.0, np.cumsum(self.lengths))


@dataclass(frozen=True, slots=True)
class Anchor:
    """The boundary before `word` lies in the pause before `run`."""

    run: int
    word: int


@dataclass(frozen=True, slots=True)
class Match:
    """Where the words lie, in seconds; a start of infinity says that the word's sound has not come yet."""

    starts: Floats
    ends: Floats
    doubts: Floats  # by how many seconds the starts may well miss
    anchors: list[Anchor]  # in order; the first is the start of the window
    paused: bool  # there is a pause behind the last word
    pace: float  # seconds a phone takes
    frames: Frames  # of speech before each phone and after the last, shape (phones+1,)
    lattice: Lattice

    def costs(self, frame: int, *, within: bool = False) -> Floats:
        """What it costs that each place in the text, shape (phones+1,), is at a frame, at the same pace.

        `IMPOSSIBLE`: places that the words don't reach there, and those within a word, unless they are asked for.
        """
        return self.lattice.costs(frame, self.pace, within=within)


@dataclass(frozen=True, slots=True)
class _Row:
    """What it costs to come to a place in the text by each frame from `first` on, at each pace: shape (p, f)."""

    first: int
    costs: Floats

    @property
    def behind(self) -> int:
        """The frame behind the last."""
        return self.first + len(self.costs[0])


@dataclass(frozen=True, slots=True)
class _End:
    """Where a way ends: at `frame`, in front of `phone`, or in the phone that begins there."""

    cost: float
    phone: int
    frame: int
    begun: int  # phones that have begun


def match(text: Text, sound: Sound, misfits: Floats, pace: float, costs: Floats) -> Match:
    """Lay the words of `text` over `sound`.

    `misfits`: of each frame of speech with each kind, shape (f, kinds). `pace`: seconds a phone takes, as far as known.
    `costs`, shape (phones+1,): of each place in the text at the start of the window, 0 for the best.
    """
    lattice = Lattice(text, sound, misfits, pace)
    lattice.reckon(costs)
    return lattice.best()


class Lattice:
    """Every way to lay the phones of a window over its frames of speech, and what each costs."""

    def __init__(self, text: Text, sound: Sound, misfits: Floats, pace: float) -> None:
        self._text, self._sound = text, sound
        self._kinds, self._lengths, self._optional = text.kinds.tolist(), text.lengths.tolist(), text.optional.tolist()
        self._paces = pace * np.exp(_PACES)
        self._total = len(sound.times)
        likely = _likely(text, len(sound.runs), self._total * sound.step / pace)
        self._fluent = -np.log(1 - likely)
        self._pauses, self._inside = _pauses(sound, likely)
        self._sounds = np.zeros((len(Kind), self._total + 1))  # cost of all frames before each, as each kind
        self._sounds[:, 1:] = np.cumsum(misfits.T, axis=1)
        for frame, cost in zip(sound.spoken[1:-1], self._inside[:-1], strict=True):
            self._sounds[:, frame + 1 :] += cost
        self._lasting: dict[float, Floats] = {}  # by a phone's length: cost of 1, 2, 3 … frames, at each pace
        self._rows: list[_Row] = []  # one in front of each phone
        self._ends = [_End(IMPOSSIBLE, 0, 0, 0)] * len(_PACES)  # the best at each pace

    def reckon(self, costs: Floats) -> None:
        """Go through the text, until all that could follow costs too much."""
        text, phones = self._text, len(self._kinds)
        found = np.full(phones + 1, np.nan)
        found[text.firsts[:-1]] = text.found
        breaks = np.full(phones + 1, -1)
        np.maximum.at(breaks, text.firsts[1:], text.breaks)
        last_start = int(np.flatnonzero(costs < IMPOSSIBLE)[-1])
        row = _Row(0, np.empty((len(_PACES), 0)))
        for phone, (start, kind) in enumerate(zip(costs.tolist(), breaks.tolist(), strict=True)):
            if row.costs.size:
                row = self._after(phone - 1, row)
            if row.costs.size and kind >= 0:
                self._pause(row, kind)
            row = _pruned(row)
            if start < IMPOSSIBLE:
                row = _begun(row, start)
            if not row.costs.size and phone > last_start:
                break
            self._rows.append(row)
            if not row.costs.size:
                continue
            if not np.isnan(found[phone]):
                self._found(row, float(found[phone]))
            self._stop(phone, row, kind)
            if row.costs.min() > min(end.cost for end in self._ends) + _BEAM:
                break

    def best(self) -> Match:
        """The best way, as times of words."""
        text, sound = self._text, self._sound
        order = sorted(range(len(_PACES)), key=lambda pace: self._ends[pace].cost)
        order = [pace for pace in order if self._ends[pace].cost < self._ends[order[0]].cost + _UNLIKELY]
        ways = [self._way(pace) for pace in order]
        all_starts = [self._starts(pace, way[text.firsts]) for pace, way in zip(order, ways, strict=True)]
        starts, end, at = all_starts[0], self._ends[order[0]], ways[0][text.firsts]
        # The ways at other paces tell how sure this one is.
        weights = np.exp([end.cost - self._ends[pace].cost for pace in order])
        apart = np.minimum(all_starts, sound.end) - np.minimum(starts, sound.end)
        doubts = np.sqrt(weights @ apart**2 / weights.sum())
        there = np.abs(starts - text.found) <= _AT
        starts, doubts = np.where(there, text.found, starts), np.where(there, 0.0, doubts)
        anchors = [Anchor(0, int(np.searchsorted(at, 0, side="right")) - 1)]
        for word in np.flatnonzero((at > 0) & (text.firsts <= end.phone)):
            run = int(np.searchsorted(sound.spoken, at[word]))
            if anchors[-1].run < run < len(sound.runs) and sound.spoken[run] == at[word]:
                anchors.append(Anchor(run, int(word)))
        silent = end.frame == self._total and (sound.complete or sound.silence >= SHORTEST_PAUSE)
        paused = end.phone == len(self._kinds) and (silent or end.frame in sound.spoken[1:-1])
        ends = np.maximum(starts, sound.ends(at[1:]))
        return Match(starts, ends, doubts, anchors, paused, float(self._paces[order[0]]), ways[0], self)

    def _way(self, pace: int) -> Frames:
        """Frames before each phone and after the last, shape (phones+1,), on the best way at a pace."""
        phone, frame = self._ends[pace].phone, self._ends[pace].frame
        reached = np.full(len(self._kinds) + 1, self._total)
        reached[phone] = frame
        while frame:
            phone, frame = phone - 1, self._before(phone - 1, frame, pace)
            reached[phone] = frame
        reached[:phone] = 0
        return reached

    def _starts(self, pace: int, at: Frames) -> Floats:
        """Seconds at which each word starts, where so many frames lie before it and behind the last."""
        firsts, sound = self._text.firsts, self._sound
        starts = sound.starts(at[:-1])
        unspoken = firsts[:-1] == firsts[1:]
        starts[unspoken] = sound.ends(at[1:])[unspoken]
        starts[~unspoken & (firsts[:-1] >= self._ends[pace].begun)] = sound.end if sound.complete else np.inf
        return starts

    def _after(self, phone: int, row: _Row) -> _Row:
        """The row behind a phone."""
        lasting, sounds = self._durations(phone), self._sounds[self._kinds[phone]]
        size, most = row.costs.shape[1], lasting.shape[1]
        count = max(0, min(size + most - 1, self._total - row.first))
        padded = np.full((len(_PACES), size + 2 * most - 2), IMPOSSIBLE)
        padded[:, most - 1 : most - 1 + size] = row.costs - sounds[row.first : row.behind]
        line, frame = padded.strides
        ways = np.ndarray((len(_PACES), most, count), buffer=padded, strides=(line, frame, frame))
        costs = (ways + lasting[:, ::-1, None]).min(1)
        said = _Row(row.first + 1, costs + sounds[row.first + 1 : row.first + 1 + count])
        return _cheaper(_Row(row.first, row.costs + _MUTE), said) if self._optional[phone] else said

    def _before(self, phone: int, end: int, pace: int) -> int:
        """The frame at which a phone begins that ends before the frame `end`, on the best way there."""
        row, lasting = self._rows[phone], self._durations(phone)[pace]
        frames = np.arange(max(row.first, end - len(lasting)), min(row.behind, end))
        ways = row.costs[pace, frames - row.first] - self._sounds[self._kinds[phone], frames]
        ways += lasting[end - frames - 1]
        if self._optional[phone] and row.first <= end < row.behind:
            frames = np.append(frames, end)
            ways = np.append(ways, row.costs[pace, end - row.first] + _MUTE - self._sounds[self._kinds[phone], end])
        return int(frames[ways.argmin()])

    def _durations(self, phone: int) -> Floats:
        """What it costs that a phone lasts 1, 2, 3 … frames, at each pace."""
        length = self._lengths[phone]
        if length not in self._lasting:
            usual = length * self._paces[:, None] / self._sound.step
            frames = np.arange(1, int(usual[-1, 0] * _LONGEST_PHONE) + 3)
            self._lasting[length] = 0.5 * (np.log((frames + 0.5) / (usual + 0.5)) / _PHONE_SPREAD) ** 2
        return self._lasting[length]

    def _pause(self, row: _Row, kind: int) -> None:
        """Add the costs of pauses to a row that stands at a boundary of words, after a `Break`."""
        costs = row.costs
        costs += self._fluent[kind]
        at = self._sound.spoken[1:-1] - row.first
        (there,) = ((at >= 0) & (at < costs.shape[1])).nonzero()
        if len(there):
            costs[:, at[there]] += self._pauses[there, kind] - self._fluent[kind] - self._inside[there]

    def _found(self, row: _Row, seconds: float) -> None:
        """Let a row that stands in front of a word cost less near where somebody heard the word begin."""
        astray = np.abs(self._sound.starts(np.arange(row.first, row.behind)) - seconds)
        row.costs[:] -= np.maximum(_FOUND - astray / _STRAY, 0.0)

    def _stop(self, phone: int, row: _Row, kind: int) -> None:
        """Look at the ways that end in front of a phone, after a `Break` if it is one, or within the phone."""
        left = len(self._kinds) - phone
        if not left:
            rest = self._total - np.arange(row.first, row.behind)
            rest_cost = _LEFT_OVER if self._text.complete else _UNTOLD
            self._ended(row.costs + rest * rest_cost, row.first, phone, phone)
        unsaid = _UNSAID * left if self._sound.complete and self._text.complete else 0.0
        if row.behind > self._total:
            silence = self._pauses[-1, kind] - self._fluent[kind] if kind >= 0 else self._inside[-1]
            self._ended(row.costs[:, -1:] + (unsaid + silence), self._total, phone, phone)
        if left and row.behind > self._total - (most := self._durations(phone).shape[1]):
            first, behind = max(row.first, self._total - most), min(row.behind, self._total)
            if first < behind:
                lasting = np.minimum.accumulate(self._durations(phone)[:, ::-1], axis=1)[:, ::-1]  # or more
                costs = row.costs[:, first - row.first : behind - row.first] + (unsaid + self._inside[-1])
                sounds = self._sounds[self._kinds[phone]]
                costs += sounds[-1] - sounds[first:behind] + lasting[:, self._total - 1 - np.arange(first, behind)]
                self._ended(costs, first, phone, phone + 1)

    def _ended(self, costs: Floats, first: int, phone: int, begun: int) -> None:
        """Ways end at frames from `first` on; `costs`: at each pace, shape (p, f)."""
        for pace, at in enumerate(costs.argmin(1).tolist()):
            if costs[pace, at] < self._ends[pace].cost:
                self._ends[pace] = _End(float(costs[pace, at]), phone, first + at, begun)

    def costs(self, frame: int, pace: float, *, within: bool) -> Floats:
        """What it costs that each place in the text, shape (phones+1,), is at a frame, at one of the paces.

        After the last frame of speech, the silence that is known by now is paid for as well.
        """
        at, text = int(np.searchsorted(self._paces, pace)), self._text
        costs = np.full(len(self._kinds) + 1, IMPOSSIBLE)
        for phone in range(len(self._rows)) if within else set(text.firsts.tolist()):
            if phone < len(self._rows) and self._rows[phone].first <= frame < self._rows[phone].behind:
                costs[phone] = self._rows[phone].costs[at, frame - self._rows[phone].first]
        if frame == self._total:
            silence = np.full(len(costs), self._inside[-1])
            silence[text.firsts[1:]] = self._pauses[-1, text.breaks] - self._fluent[text.breaks]
            costs[costs < IMPOSSIBLE] += silence[costs < IMPOSSIBLE]
            if self._ends[at].phone == len(self._kinds):  # some speech may be left over
                costs[-1] = min(costs[-1], self._ends[at].cost)
        return costs


def _likely(text: Text, runs: int, phones: float) -> Floats:
    """How likely a pause is after each kind of `Break`: some people pause where no punctuation is.

    `phones`: about how many were said in the runs.
    """
    words = int(np.searchsorted(text.said[1:], phones))
    more = max(0.0, runs - 1 - float(_LIKELY[text.breaks[:words]].sum()))
    likely = _LIKELY.copy()
    likely[Break.NONE] = (_LIKELY[Break.NONE] * _USUAL_WORDS + more) / (_USUAL_WORDS + max(words, runs))
    return likely


def _pauses(sound: Sound, likely: Floats) -> tuple[Floats, Floats]:
    """What the pause behind each run costs after each kind of `Break`, shape (m, breaks), and at no boundary, (m,)."""
    lasting = np.append(sound.gaps, sound.silence) - SHORTEST_PAUSE
    pauses = np.minimum(lasting[:, None] / _SECONDS, _MOST) - np.log(likely / _SECONDS)
    inside = np.minimum(lasting / _INSIDE_SECONDS, _INSIDE_MOST) - np.log(_INSIDE_LIKELY / _INSIDE_SECONDS)
    if sound.complete or lasting[-1] < 0:
        pauses[-1], inside[-1] = -np.log(1 - likely), 0.0
    else:  # how long it will be is not known: at least as long as it is
        pauses[-1] -= np.log(_SECONDS)
    return pauses, inside


def _pruned(row: _Row) -> _Row:
    """A row without what costs too much at either end."""
    if not row.costs.size:
        return row
    best = row.costs.min(0)
    (near,) = (best <= best.min() + _BEAM).nonzero()
    return _Row(row.first + int(near[0]), row.costs[:, near[0] : near[-1] + 1])


def _cheaper(one: _Row, other: _Row) -> _Row:
    """The cheaper of two ways to each frame; `other` begins behind the first frame of `one`."""
    costs = np.full((len(_PACES), max(one.behind, other.behind) - one.first), IMPOSSIBLE)
    costs[:, : one.costs.shape[1]] = one.costs
    within = costs[:, other.first - one.first : other.behind - one.first]
    np.minimum(within, other.costs, out=within)
    return _Row(one.first, costs)


def _begun(row: _Row, cost: float) -> _Row:
    """The row, with the place at the start of the window."""
    start = _Row(0, cost + 0.5 * (_PACES / _PACE_SPREAD)[:, None] ** 2)
    return _cheaper(start, row) if row.costs.size else start
