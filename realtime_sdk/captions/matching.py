"""Words laid over speech: pauses are matched to places in the text, and words share the speech between two pauses.

One dynamic programme finds the word boundary at which each pause stands. Its costs are negative log likelihoods: how
well the speech between two pauses fits the spoken length of the words between, how likely a pause is at such a place
in the text, and how long it lasts there. A pause may also stand at no boundary, inside a number for example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .energy import SHORTEST_PAUSE, Runs

Floats: TypeAlias = npt.NDArray[np.float64]

_MOST_MERGED = 4  # runs of speech that a group of words may span
_PHRASE_SPREAD = 0.12  # standard deviation of the logarithm of a phrase's speed
_WORD_SPREAD = 0.3  # the same for one word within its phrase
_WORD_PHONES = 6.0  # an average word
_SLACK_PHONES = 1.0  # keeps the logarithm of an empty stretch finite

_PAUSE_LIKELY = np.array([0.03, 0.75, 0.95])  # by `Break`
_PAUSE_SECONDS = np.array([0.06, 0.15, 0.3])  # by `Break`: mean length beyond the shortest
_INSIDE_LIKELY, _INSIDE_SECONDS = 0.01, 0.06  # a pause that stands at no boundary
_SURELY_PASSED = 0.8  # of the phones that a stretch of speech would hold at the usual pace
_IMPOSSIBLE = 1e9


@dataclass(frozen=True, slots=True)
class Text:
    """The words of the window; `phones` and `breaks` (the `Break` after each word) have shape (n,)."""

    phones: Floats
    breaks: npt.NDArray[np.intp]
    complete: bool  # no more words follow

    @property
    def said(self) -> Floats:
        """Phones before each word boundary, shape (n+1,)."""
        return np.concatenate([[0.0], np.cumsum(self.phones)])


@dataclass(frozen=True, slots=True)
class Sound:
    """The speech of the window: at least one run, and the second up to which sound is known."""

    runs: Runs
    end: float
    complete: bool  # no more sound follows

    @property
    def voiced(self) -> Floats:
        """Seconds of speech before each run and after the last, shape (m+1,)."""
        return np.concatenate([[0.0], np.cumsum(np.diff(self.runs).ravel())])

    @property
    def silence(self) -> float:
        """Seconds without speech at the end of what is known."""
        return self.end - float(self.runs[-1, 1])


@dataclass(frozen=True, slots=True)
class Anchor:
    """The boundary before `word` lies in the pause before `run`.

    `costs`, shape (n+1,): what the best way costs that has the boundary before each word there.
    """

    run: int
    word: int
    costs: Floats


@dataclass(frozen=True, slots=True)
class Match:
    """Where the words lie, in seconds; a start of infinity says that the word's sound has not come yet."""

    starts: Floats
    ends: Floats
    anchors: list[Anchor]  # in order; the first is the start of the window


def match(text: Text, sound: Sound, pace: float, costs: Floats) -> Match:
    """Lay the words of `text` over `sound`.

    `pace`: seconds a phone takes, as far as known. `costs`, shape (n+1,): of each word boundary at the start of the
    window, 0 for the best.
    """
    anchors = _Lattice(text, sound, pace).best_path(costs)
    return Match(*_times(text, sound, pace, anchors), anchors)


class _Lattice:
    """Every way to match the pauses of a window to its word boundaries, and what each costs."""

    def __init__(self, text: Text, sound: Sound, pace: float) -> None:
        self._text, self._sound = text, sound
        self._said, self._spoken = text.said, sound.voiced / pace  # phones by the text, and by the sound
        self._last = len(sound.runs) if sound.complete or sound.silence >= SHORTEST_PAUSE else len(sound.runs) - 1
        likely, mean = _PAUSE_LIKELY[text.breaks], _PAUSE_SECONDS[text.breaks]
        self._pause_begins = np.concatenate([[0.0], -np.log(likely)])  # of each boundary, having a pause
        self._pause_mean = np.concatenate([[_PAUSE_SECONDS[-1]], mean])
        self._fluent = np.concatenate([[0.0], np.cumsum(-np.log(1 - likely))])  # boundaries so far, having none
        self._gaps = np.concatenate([[0.0], sound.runs[1:, 0] - sound.runs[:-1, 1], [sound.silence]])
        inside = (self._gaps - SHORTEST_PAUSE) / _INSIDE_SECONDS + np.log(_INSIDE_SECONDS / _INSIDE_LIKELY)
        if self._last < len(sound.runs) or sound.complete:
            inside[-1] = 0.0
        self._inside = np.cumsum(inside)  # pauses so far, standing at no boundary

    def best_path(self, costs: Floats) -> list[Anchor]:
        """The cheapest chain of anchors, from the start of the window to where matching is sure enough."""
        size = len(self._said)
        best, back = [costs], [np.empty(0, np.intp)]
        phones = self._said[None, :] - self._said[:, None]
        backward = phones < 0
        self._phones_log = np.log(np.where(backward, 0.0, phones) + _SLACK_PHONES)
        self._precision = _precision(np.where(backward, 0.0, phones))
        fluent = np.concatenate([[0.0], self._fluent[:-1]])[None, :] - self._fluent[:, None]
        self._between = np.where(np.tri(size, k=-1, dtype=bool), _IMPOSSIBLE, np.maximum(fluent, 0.0))
        for run in range(1, self._last + 1):
            first = max(0, run - _MOST_MERGED)
            ways = np.concatenate([self._group(best[begin], begin, run) for begin in range(first, run)])
            back.append(ways.argmin(0) + first * size)
            best.append(ways.min(0) + self._pause(run))
        if self._sound.complete and self._text.complete:
            at = self._last * size + size - 1
        else:
            at = int(np.argmin([best[run] + self._tail(run) for run in range(self._last + 1)]))
        path = []
        while at >= size:
            path.append(Anchor(at // size, at % size, best[at // size]))
            at = int(back[at // size][at % size])
        return [Anchor(0, at, costs), *reversed(path)]

    def _group(self, before: Floats, begin: int, run: int) -> Floats:
        """Costs of the words between two boundaries filling the runs from `begin` to before `run`."""
        spoken = np.log(self._spoken[run] - self._spoken[begin] + _SLACK_PHONES)
        inside = self._inside[run - 1] - self._inside[begin]
        return (self._phones_log - spoken) ** 2 * self._precision + self._between + (before + inside)[:, None]

    def _pause(self, run: int) -> Floats:
        """Costs of the pause before `run` standing at each boundary."""
        if run == len(self._sound.runs) and self._sound.complete:
            return np.zeros(len(self._said))
        costs = self._pause_begins + (self._gaps[run] - SHORTEST_PAUSE) / self._pause_mean
        return costs if run == len(self._sound.runs) else costs + np.log(self._pause_mean)

    def _tail(self, run: int) -> Floats:
        """Costs of no further pause being matched after the one before `run`."""
        phones, spoken = self._said[-1] - self._said, self._spoken[-1] - self._spoken[run]
        passed = np.searchsorted(self._said, self._said + _SURELY_PASSED * spoken, side="right") - 1
        fluent = np.maximum(self._fluent[np.maximum(passed - 1, 0)] - self._fluent, 0.0)
        inside = self._inside[-1] - self._inside[min(run, len(self._inside) - 1)]
        misfit = np.log(phones + _SLACK_PHONES) - np.log(spoken + _SLACK_PHONES)
        # Words may be left over while sound is to come, and sound while words are to come.
        misfit = np.clip(misfit, None if self._text.complete else 0.0, None if self._sound.complete else 0.0)
        return misfit**2 * _precision(phones) + fluent + inside


def _precision(phones: Floats) -> Floats:
    """Half the inverse variance of the logarithm of the time that so many phones take."""
    words = (phones + _SLACK_PHONES) / _WORD_PHONES
    return 0.5 / (_PHRASE_SPREAD**2 + _WORD_SPREAD**2 / words)


def _times(text: Text, sound: Sound, pace: float, anchors: list[Anchor]) -> tuple[Floats, Floats]:
    """Start and end of each word; between two anchors words share the speech by their length."""
    said, voiced = text.said, sound.voiced
    known_said = np.array([said[anchor.word] for anchor in anchors] + [said[-1]])
    known_voiced = np.array([voiced[anchor.run] for anchor in anchors] + [0.0])
    left, wanted = voiced[-1] - known_voiced[-2], (known_said[-1] - known_said[-2]) * pace
    if sound.complete:
        wanted = left if text.complete else min(left, wanted)
    known_voiced[-1] = known_voiced[-2] + wanted
    # Where sound without words lies between two words, the first ends before it and the second starts after it.
    starts = np.interp(said[:-1], known_said, known_voiced)
    ends = np.interp(-said[1:], -known_said[::-1], known_voiced[::-1])
    unspoken = text.phones == 0
    start_times = _after_pauses(starts, sound)
    end_times = _before_pauses(ends, sound)
    start_times[unspoken] = end_times[unspoken]
    start_times[~unspoken & (starts >= voiced[-1])] = sound.end if sound.complete else np.inf
    return start_times, np.maximum(start_times, end_times)


def _after_pauses(voiced: Floats, sound: Sound) -> Floats:
    """Seconds at which so much speech was heard; at a pause, its end."""
    run = np.clip(np.searchsorted(sound.voiced, voiced, side="right") - 1, 0, len(sound.runs) - 1)
    return sound.runs[run, 0] + voiced - sound.voiced[run]


def _before_pauses(voiced: Floats, sound: Sound) -> Floats:
    """Seconds at which so much speech was heard; at a pause, its beginning."""
    run = np.clip(np.searchsorted(sound.voiced, voiced, side="left") - 1, 0, len(sound.runs) - 1)
    return sound.runs[run, 0] + voiced - sound.voiced[run]
