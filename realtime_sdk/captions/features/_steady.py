"""Stretches of sound in which no voice speaks: silence, noise, hum, most music.

The spectrum of a voice moves all the time, and that of other sounds hardly does, however loud they are. A hidden
Markov model of two states, voice and none, is decoded along the sound by the Viterbi algorithm: how far the spectrum
moves within a block is its cost, and a change of state has one too, lest a long vowel pass for such a stretch.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ._energy import Floats
from ._measured import Singles, Stretches

Flags: TypeAlias = npt.NDArray[np.bool_]

_BLOCK = 5  # frames
_APART = 3  # frames between two spectra that are compared
_AROUND = 20  # blocks on either side, against whose loudest one a spectrum is measured
_RANGE_DB = 40.0  # what lies further below that is no part of a spectrum,
_LOUD_DB = 33.0  # nor is one that lies as a whole so far below it,
_FAINT_DB = -60.0  # or below this, in dB of full scale
_MOVES_DB = 3.2  # from one spectrum to the other: a clear voice has 4 to 8 on average, music 1 to 4, noise 2
_CLEAR_DB = 45.0  # with less than this between the loudest and the quietest block, a voice may be hidden in noise
_TO_STEADY, _TO_VOICE = 40.0, 10.0  # dB, summed over blocks: two seconds of music; a word that begins
_UNSETTLED = 200  # blocks before the end whose state may still change
_SHORTEST = 40  # blocks: a shorter stretch is a pause


class Steady:
    """Finds those stretches in a sound that is measured bit by bit."""

    def __init__(self) -> None:
        self._settled = 0  # blocks whose state does not change any more
        self._found: list[tuple[int, int]] = []  # first and behind last of the steady ones among them, in order
        self._costs = 0.0, 0.0  # of either state behind them: voice, none
        self._quietest, self._loudest = np.inf, -np.inf  # dB of a block
        self._last: tuple[int, Stretches] = 0, []  # blocks there were when it was last asked, and the answer

    def stretches(self, bands: Singles) -> Stretches:
        """The stretches in frames; the last may go on.

        `bands`: dB of full scale of all the sound's frames, shape (bands, frames), of which none is taken back.
        """
        count = (bands.shape[1] - _APART) // _BLOCK
        if count <= self._last[0]:
            return self._last[1]
        first = max(0, self._settled - _AROUND)
        moves, silent = self._measured(bands[:, first * _BLOCK : count * _BLOCK + _APART].astype(np.float64))
        states = self._decoded(moves[self._settled - first :])
        voiceless = states | silent[self._settled - first :]
        found = _joined(self._found, voiceless, self._settled)
        settling = len(states) - _UNSETTLED
        if settling > 0:
            self._found = _joined(self._found, voiceless[:settling], self._settled)
            self._settled += settling
            self._costs = (np.inf, 0.0) if states[settling - 1] else (0.0, np.inf)
        self._last = count, _long(found, count)
        return self._last[1]

    def _measured(self, bands: Floats) -> tuple[Floats, Flags]:
        """By how many dB the spectrum moves in each block, less what tells a voice; and which blocks hold no sound."""
        level = 10 * np.log10((10 ** (bands / 10)).sum(0))
        blocks = level[:-_APART].reshape(-1, _BLOCK)
        means = blocks.mean(1)
        self._quietest, self._loudest = min(self._quietest, means.min()), max(self._loudest, means.max())
        around = np.pad(blocks.max(1), _AROUND, constant_values=-np.inf)
        top = np.lib.stride_tricks.sliding_window_view(around, 2 * _AROUND + 1).max(1).repeat(_BLOCK)
        here, then = (np.maximum(part, top - _RANGE_DB) for part in (bands[:, :-_APART], bands[:, _APART:]))
        loud = np.maximum(level[:-_APART], level[_APART:]) > np.maximum(top - _LOUD_DB, _FAINT_DB)
        silent = ~loud.reshape(-1, _BLOCK).any(1)
        if self._loudest - self._quietest < _CLEAR_DB:
            return np.zeros(len(blocks)), silent
        moves = (np.abs(then - here).mean(0) - _MOVES_DB) * loud
        return moves.reshape(-1, _BLOCK).mean(1), silent

    def _decoded(self, moves: Floats) -> Flags:
        """Whether each of the unsettled blocks is steady, on the cheapest way along them."""
        voice, steady = self._costs
        before: list[tuple[bool, bool]] = []  # of each block, by its own state: whether the one before it is steady
        for move in moves.tolist():
            before.append((steady + _TO_VOICE < voice, steady <= voice + _TO_STEADY))
            voice, steady = min(voice, steady + _TO_VOICE), min(steady, voice + _TO_STEADY) + move
        states = [steady < voice]
        for by_state in reversed(before[1:]):
            states.append(by_state[states[-1]])
        return np.array(states[::-1])


def _joined(found: list[tuple[int, int]], states: Flags, first: int) -> list[tuple[int, int]]:
    """Stretches of blocks, with those among some more blocks, which begin at `first`."""
    edges = np.flatnonzero(np.diff(states.astype(np.int8), prepend=0, append=0)) + first
    more = [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]
    if found and more and found[-1][1] == more[0][0]:
        return [*found[:-1], (found[-1][0], more[0][1]), *more[1:]]
    return [*found, *more]


def _long(found: list[tuple[int, int]], count: int) -> Stretches:
    """Those that are no pauses, in frames; one that the last of `count` blocks belongs to goes on."""
    return [
        (begin * _BLOCK, end * _BLOCK if end < count else end * _BLOCK + _BLOCK + _APART)
        for begin, end in found
        if end - begin >= _SHORTEST
    ]
