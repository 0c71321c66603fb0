"""Loudness of sound, frame by frame: the pauses and the syllables it shows. The sound itself is not kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...audio._pcm import Pcm, to_seconds
from ._measured import LEAST_CONTRAST_DB, Measured, Singles, Stretches, context

SHORTEST_PAUSE = 0.1
"""Seconds. Plosives close the mouth for up to 90 ms; a longer silence is a pause."""

Floats: TypeAlias = npt.NDArray[np.float64]

Runs: TypeAlias = npt.NDArray[np.float64]
"""Stretches of speech between pauses: shape (n, 2), seconds from the first sample, in order."""

_SHORTEST_SPEECH = 0.04  # seconds; anything shorter between two pauses is a click
_EMPHASIS = 0.5  # lifts the s and f that words begin with, without lifting noise too far
_SPEECH_RANGE_DB = 33.0  # what lies further below the loud parts of a voice is no part of a word
_FAINT_DB = -50.0  # dB of full scale: sound without contrast is speech above this, and silence below
_SILENCE_DB = -90.0  # dB of full scale: digital silence, kept finite
_CLEAR_DB = 30.0  # with less contrast than this, noise hides the quiet parts of words
_HIDDEN_SECONDS = 0.01  # for every dB less, a pause must be so much longer, lest such a part pass for one
_MOST_HIDDEN_SECONDS = 0.15
_VOICE_RANGE_DB = 30.0  # of the rises and falls that make syllables
_DIP_DB = 3.0  # between two syllables the voice falls at least this much
_ATTACK = 20  # frames in which another sound may begin before it seems to be steady,
_FADING = 10  # and for which a voice may go on though it seems to be steady
_SMOOTH = np.hanning(9)[1:-1] / np.hanning(9).sum()  # 70 ms, a third of a syllable
_VOICE_RATE = 4000  # means a second of the sound: they hold what tells vowels, up to 2 kHz, and no hissing
_ALL, _VOWELS = 0, 1  # rows of what is measured
_PENDING_SECONDS = 4.0  # sound waits unmeasured up to this long, so that many small deltas cost one measurement


class Loudness:
    """The loudness of a sound that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._received = 0  # samples in all
        self._db = Measured(rate, 2)  # dB of full scale of each frame: all, vowels
        self._step = self._db.step
        self._block = max(1, round(rate / _VOICE_RATE))  # samples in one mean

    @property
    def step(self) -> float:
        """Seconds of a frame."""
        return self._step

    @property
    def seconds(self) -> float:
        """Seconds of sound received."""
        return to_seconds(self._received, self._rate)

    def push(self, pcm: Pcm) -> None:
        """Take the next samples; the array must not change until some seconds more have come."""
        self._received += len(pcm)
        self._db.push(pcm)
        if self._db.pending >= _PENDING_SECONDS:
            self._measure()

    def runs(self, start: float, end: float, steady: Stretches | None = None) -> Runs:
        """Speech between `start` and `end` seconds; the last run may go on after `end`.

        `steady`: stretches in which no voice speaks.
        """
        db = self._between(_ALL, start, end)
        first, behind = self._frame(start), self._frame(end, whole=False)
        near = self._db.table[_ALL, context(first, behind, steady or [])] if behind > first else db
        quiet, fairly_quiet, loud = np.percentile(near, (5, 15, 95))
        contrast = loud - quiet
        if contrast < LEAST_CONTRAST_DB:
            speech = np.full(len(db), loud > _FAINT_DB)
        else:
            noise = min(6.0, 1.5 + 3 * (fairly_quiet - quiet))  # dB that noise rises over its quietest frames
            speech = db > max(quiet + noise, loud - _SPEECH_RANGE_DB)
        for begin, last in steady or []:
            speech[_attack(speech, begin - first) : max(0, last - first)] = False
        edges = np.flatnonzero(np.diff(speech.astype(np.int8), prepend=0, append=0))
        runs = (edges.reshape(-1, 2).astype(np.float64) + first) * self._step
        pause = SHORTEST_PAUSE + float(np.clip((_CLEAR_DB - contrast) * _HIDDEN_SECONDS, 0.0, _MOST_HIDDEN_SECONDS))
        return _joined(_joined(runs, pause, _SHORTEST_SPEECH), pause, 0.0)

    def dips(self, start: float, end: float) -> Floats:
        """Seconds between `start` and `end` at which one syllable ends and the next begins: the voice falls and rises.

        Silences count as well: a syllable before one and a syllable after it have a dip between them.
        """
        db = self._between(_VOWELS, start, end)
        if len(db) < len(_SMOOTH):
            return np.empty(0)
        heard = np.maximum(db, np.percentile(db, 95) - _VOICE_RANGE_DB)
        level = np.convolve(np.pad(heard, len(_SMOOTH) // 2, "edge"), _SMOOTH, "valid")
        tops = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:])) + 1
        dips: list[int] = []
        highest = lowest = int(tops[:1].sum())  # since the last dip; the lowest comes after the highest
        for top, following in pairwise(tops.tolist()):
            bottom = top + int(level[top:following].argmin())
            lowest = bottom if level[bottom] < level[lowest] else lowest
            if min(level[highest], level[following]) - level[lowest] >= _DIP_DB:
                dips.append(lowest)
                highest = lowest = following
            elif level[following] > level[highest]:
                highest = lowest = following
        return (self._frame(start) + np.array(dips)) * self._step

    def _frame(self, seconds: float, *, whole: bool = True) -> int:
        """The frame at a time within the sound: that in which it lies, or the nearest edge of one."""
        self._measure()
        frames = min(max(seconds, 0.0), self.seconds) / self._step
        known: int = self._db.table.shape[1]
        return min(int(frames) if whole else round(frames), known)

    def _between(self, row: int, start: float, end: float) -> Singles:
        """The frames between two times, at least one: before any sound there is silence."""
        first, behind = self._frame(start), self._frame(end, whole=False)  # they measure what is to be looked up
        frames = self._db.table[row, first:behind]
        return frames if len(frames) else np.array([_SILENCE_DB], np.float32)

    def _measure(self) -> None:
        """Turn the pending samples into frames; what fills no frame stays pending."""
        if self._db.fresh:
            frames = self._db.take().astype(np.float32).reshape(-1, self._db.frame)
            power = np.stack([_variation(frames), _vowels(frames, self._block)]) / 32768.0**2
            self._db.add(10 * np.log10(power + 10 ** (_SILENCE_DB / 10)))


def _variation(frames: Singles) -> Singles:
    """Mean square of each frame's emphasised samples y, where y[k] = x[k] - EMPHASIS * x[k-1], less their mean.

    Reckoned from three sums over the samples, which makes no copy of them: an offset of the recording is no sound.
    """
    here, before = frames[:, 1:], frames[:, :-1]
    first, last = frames[:, 0], frames[:, -1]
    squares = np.einsum("ij,ij->i", frames, frames)
    products = np.einsum("ij,ij->i", here, before)
    total = frames @ np.ones(frames.shape[1], np.float32)
    energy = squares - first**2 - 2 * _EMPHASIS * products + _EMPHASIS**2 * (squares - last**2)
    offset = (total - first) - _EMPHASIS * (total - last)
    variation: Singles = np.maximum(energy - offset**2 / here.shape[1], 0.0) / frames.shape[1]
    return variation


def _vowels(frames: Singles, block: int) -> Singles:
    """Mean square of the steps between the means of each frame's blocks of samples: some 300 to 2000 Hz."""
    used = frames.shape[1] // block * block
    # A product, because numpy is slow to sum over so short an axis.
    means = (frames[:, :used].reshape(-1, block) @ np.full(block, 1 / block, np.float32)).reshape(len(frames), -1)
    steps = means[:, 1:] - means[:, :-1]
    power: Singles = np.einsum("ij,ij->i", steps, steps) / max(1, steps.shape[1])
    return power


def _attack(speech: npt.NDArray[np.bool_], steady: int) -> int:
    """Where the sound begins that seems to be steady from a frame on: with it, or with the voice that fades there."""
    before = np.flatnonzero(~speech[: max(0, steady)])
    begin = int(before[-1]) + 1 if len(before) else 0
    return begin if steady - begin <= _ATTACK else steady + _FADING


def _joined(runs: Runs, shortest_gap: float, shortest_run: float) -> Runs:
    """Runs with the gaps below `shortest_gap` closed, without those that are still below `shortest_run`."""
    if not len(runs):
        return runs
    apart = runs[1:, 0] - runs[:-1, 1] >= shortest_gap - 1e-9
    joined: Runs = np.column_stack([runs[np.r_[True, apart], 0], runs[np.r_[apart, True], 1]])
    return joined[joined[:, 1] - joined[:, 0] >= shortest_run - 1e-9]
