"""Words laid over speech: pauses are matched to places in the text, and words share the speech between two pauses.

One dynamic programme finds the word boundary at which each pause stands. Its costs are negative log likelihoods: how
well the speech between two pauses fits the spoken length of the words between, how likely a pause is at such a place
in the text, and how long it lasts there. A pause may also stand at no boundary, inside a number for example.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .energy import SHORTEST_PAUSE, Floats
from .sound import Sound
from .speech_length import Length
from .words import Break

_USUAL = Length(17.0, 5.0)  # of some words
_MOST_MERGED = 4  # runs of speech that a group of words may span
_PHRASE_SPREAD = 0.07  # standard deviation of the logarithm of a phrase's speed
_WORD_SPREAD = 0.25  # the same for one word within its phrase
_WORD_PHONES = 6.0  # an average word
_LEAST_PHONES = 4.0  # what is shorter is no less predictable
_SLACK_PHONES = 1.0  # keeps the logarithm of an empty stretch finite
_SURELY_PASSED = 0.7  # of the phones that a stretch of speech would hold at the usual pace

# Pauses at a word boundary, by its `Break`: how likely one is, how long it lasts on average beyond the shortest, and
# the most that its length may cost, for people think at times. The same for a pause at no boundary, where
# nobody does.
_LIKELY, _SECONDS, _MOST = np.array([0.02, 0.75, 0.93]), np.array([0.06, 0.15, 0.3]), np.array([5.0, 5.0, 2.0])
_INSIDE_LIKELY, _INSIDE_SECONDS, _INSIDE_MOST = 0.01, 0.06, 9.0
_USUAL_WORDS = 40.0  # words that tell how often a speaker pauses as well as is known before
_IMPOSSIBLE = 1e9


@dataclass(frozen=True, slots=True)
class Text:
    """The words of the window; `phones` and `breaks` (the `Break` after each word) have shape (n,)."""

    phones: Floats
    syllables: float  # in all of them
    breaks: npt.NDArray[np.intp]
    complete: bool  # no more words follow

    @property
    def phones_a_syllable(self) -> float:
        """How many there are on average; taken to be some usual number while there is little text."""
        return float((self.phones.sum() + _USUAL.phones) / (self.syllables + _USUAL.syllables))

    @property
    def said(self) -> Floats:
        """Phones before each word boundary, shape (n+1,)."""
        return np.concatenate([[0.0], np.cumsum(self.phones)])


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
    doubts: Floats  # by how many seconds the starts may well miss
    anchors: list[Anchor]  # in order; the first is the start of the window


def match(text: Text, sound: Sound, pace: float, costs: Floats) -> Match:
    """Lay the words of `text` over `sound`.

    `pace`: seconds a phone takes, as far as known. `costs`, shape (n+1,): of each word boundary at the start of the
    window, 0 for the best.
    """
    anchors = _Lattice(text, sound, pace).best_path(costs)
    return Match(*_times(text, sound, pace, anchors), _doubts(text.said[:-1], anchors) * pace, anchors)


class _Lattice:
    """Every way to match the pauses of a window to its word boundaries, and what each costs."""

    def __init__(self, text: Text, sound: Sound, pace: float) -> None:
        self._text, self._sound = text, sound
        self._said, self._spoken = text.said, sound.spoken / pace  # phones by the text, and by the sound
        phones = self._said[None, :] - self._said[:, None]  # from each boundary to each
        backward = np.tri(len(phones), k=-1, dtype=bool)
        phones[backward] = 0.0
        self._log_phones, self._precision = np.log(phones + _SLACK_PHONES), _precision(phones)
        likely = _likely(text, self._said, len(sound.runs), float(self._spoken[-1]))
        self._fluent = np.append(0.0, np.cumsum(-np.log(1 - likely[text.breaks])))  # boundaries so far without pause
        between = np.append(0.0, self._fluent[:-1])[None, :] - self._fluent[:, None]
        self._between = np.where(backward, _IMPOSSIBLE, np.maximum(between, 0.0))
        self._last, self._pauses, self._inside = _pauses(text, sound, likely)

    def best_path(self, costs: Floats) -> list[Anchor]:
        """The cheapest chain of anchors, from the start of the window to where matching is sure enough."""
        size = len(self._said)
        best, back = [costs], [np.empty(0, np.intp)]
        for run in range(1, self._last + 1):
            first = max(0, run - _MOST_MERGED)
            ways = np.concatenate([self._group(best[begin], begin, run) for begin in range(first, run)])
            back.append(ways.argmin(0) + first * size)
            best.append(ways.min(0) + self._pauses[run])
        if self._sound.complete and self._text.complete:
            at = self._last * size + size - 1
        else:
            at = int(np.argmin(np.concatenate([best[run] + self._tail(run) for run in range(self._last + 1)])))
        path = []
        while at >= size:
            path.append(Anchor(at // size, at % size, best[at // size]))
            at = int(back[at // size][at % size])
        return [Anchor(0, at, costs), *reversed(path)]

    def _group(self, before: Floats, begin: int, run: int) -> Floats:
        """Costs, shape (n+1, n+1), of the words between two boundaries filling the runs from `begin` to before `run`.

        `before`: of the first boundary being where it is.
        """
        spoken = np.log(self._spoken[run] - self._spoken[begin] + _SLACK_PHONES)
        inside = self._inside[run - 1] - self._inside[begin]
        costs: Floats = (self._log_phones - spoken) ** 2 * self._precision
        costs += self._between
        costs += (before + inside)[:, None]
        return costs

    def _tail(self, run: int) -> Floats:
        """Costs, shape (n+1,), of no pause being matched after the one before `run`, which stands at a boundary."""
        phones, spoken = self._said[-1] - self._said, self._spoken[-1] - self._spoken[run]
        passed = np.searchsorted(self._said, self._said + _SURELY_PASSED * spoken, side="right") - 1
        fluent = np.maximum(self._fluent[np.maximum(passed - 1, 0)] - self._fluent, 0.0)
        misfit = np.log(phones + _SLACK_PHONES) - np.log(spoken + _SLACK_PHONES)
        # Words may be left over while sound is to come, and sound while words are to come.
        misfit = np.clip(misfit, None if self._text.complete else 0.0, None if self._sound.complete else 0.0)
        costs: Floats = misfit**2 * _precision(phones) + fluent + (self._inside[-1] - self._inside[run])
        return costs


def _likely(text: Text, said: Floats, runs: int, spoken: float) -> Floats:
    """How likely a pause is after each kind of `Break`: some people pause where no punctuation is."""
    words = int(np.searchsorted(said[1:], spoken))
    more = max(0.0, runs - 1 - float(_LIKELY[text.breaks[:words]].sum()))
    likely = _LIKELY.copy()
    likely[Break.NONE] = (_LIKELY[Break.NONE] * _USUAL_WORDS + more) / (_USUAL_WORDS + max(words, runs))
    return likely


def _pauses(text: Text, sound: Sound, likely: Floats) -> tuple[int, Floats, Floats]:
    """What pauses cost. Row k of what is returned is about the pause before run k, or after the last run.

    Returns the last row that can be matched; the costs of the pauses standing at each boundary, shape (m+1, n+1); and
    the costs of all pauses up to each standing at no boundary, shape (m+1,).
    """
    gaps = np.concatenate([[0.0], sound.runs[1:, 0] - sound.runs[:-1, 1], [sound.silence]])
    lasting = (gaps - SHORTEST_PAUSE)[:, None]
    breaks = np.append(Break.SENTENCE, text.breaks)
    standing = np.minimum(lasting / _SECONDS[breaks], _MOST[breaks]) - np.log(likely[breaks] / _SECONDS[breaks])
    inside = np.minimum(lasting[:, 0] / _INSIDE_SECONDS, _INSIDE_MOST) - np.log(_INSIDE_LIKELY / _INSIDE_SECONDS)
    last = len(sound.runs)
    if sound.complete:
        standing[-1] = inside[-1] = 0.0
    elif lasting[-1, 0] < 0:
        last, inside[-1] = last - 1, 0.0
    else:  # how long it will be is not known: at least as long as it is
        standing[-1] -= np.log(_SECONDS[breaks])
    return last, standing, np.cumsum(inside)


def _precision(phones: Floats) -> Floats:
    """Half the inverse variance of the logarithm of the time that so many phones take."""
    words = np.maximum(phones, _LEAST_PHONES) / _WORD_PHONES
    precision: Floats = 0.5 / (_PHRASE_SPREAD**2 + _WORD_SPREAD**2 / words)
    return precision


def _times(text: Text, sound: Sound, pace: float, anchors: list[Anchor]) -> tuple[Floats, Floats]:
    """Start and end of each word; between two anchors words share the speech by their length."""
    said, spoken = text.said, sound.spoken
    known_said = np.array([said[anchor.word] for anchor in anchors] + [said[-1]])
    known_spoken = np.array([spoken[anchor.run] for anchor in anchors] + [0.0])
    left, wanted = spoken[-1] - known_spoken[-2], (known_said[-1] - known_said[-2]) * pace
    if sound.complete:
        wanted = left if text.complete else min(left, wanted)
    known_spoken[-1] = known_spoken[-2] + wanted
    # Where sound without words lies between two words, the first ends before it and the second starts after it.
    starts = np.interp(said[:-1], known_said, known_spoken)
    ends = np.interp(-said[1:], -known_said[::-1], known_spoken[::-1])
    unspoken = text.phones == 0
    start_times = sound.after_pauses(starts)
    end_times = sound.before_pauses(ends)
    start_times[unspoken] = end_times[unspoken]
    start_times[~unspoken & (starts >= spoken[-1])] = sound.end if sound.complete else np.inf
    return start_times, np.maximum(start_times, end_times)


def _doubts(said: Floats, anchors: list[Anchor]) -> Floats:
    """Standard deviation, in phones, of where each word starts: it grows with the way to the nearest anchors.

    `said`: phones before each word.
    """
    known = np.array([anchor.word for anchor in anchors])
    known = np.append(said, np.inf)[known]
    before = np.maximum(np.searchsorted(known, said, side="right") - 1, 0)
    since = np.maximum(said - known[before], 0.0)
    until = np.append(known, np.inf)[before + 1] - said
    words = since / (1 + since / until) / _WORD_PHONES
    drift = np.where(np.isinf(until), _PHRASE_SPREAD * since, 0.0)
    doubts: Floats = np.sqrt(words * (_WORD_SPREAD * _WORD_PHONES) ** 2 + drift**2)
    return doubts
