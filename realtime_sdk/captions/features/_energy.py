"""Energy of audio, frame by frame: speech regions, pauses and syllable boundaries. The audio itself is not kept."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...audio._pcm import Pcm, to_seconds
from ._frame_table import LEAST_CONTRAST_DB, Float32s, FrameSpans, FrameTable, context_frames, runs

SHORTEST_PAUSE = 0.1
"""Seconds. Plosives close the mouth for up to 90 ms; a longer silence is a pause."""

Floats: TypeAlias = npt.NDArray[np.float64]

Regions: TypeAlias = npt.NDArray[np.float64]
"""Speech between pauses: shape (n, 2), start and end in seconds from the first sample, in order."""

# benchmarks/captions.py: "degraded", "people".
_SHORTEST_SPEECH_SECONDS = 0.04  # between two pauses; anything shorter is a click
_PRE_EMPHASIS = 0.5  # raises the s and f that words begin with, and noise not too far
_SPEECH_RANGE_DB = 33.0  # below the speech peaks; fainter frames are no part of a word
_NO_CONTRAST_SPEECH_DBFS = -50.0  # audio without contrast is speech above this, and silence below
_SILENCE_DBFS = -90.0  # digital silence, kept finite
_CLEAR_CONTRAST_DB = 30.0  # with less, noise hides the quiet parts of words
_PAUSE_SECONDS_PER_DB = 0.01  # by which a pause must be longer for every dB less: it may be a quiet part
_MAX_EXTRA_PAUSE_SECONDS = 0.15

# benchmarks/captions.py: "1.1x".
_SYLLABLE_RANGE_DB = 30.0  # below the speech peaks; fainter rises and falls make no syllable
_SYLLABLE_DIP_DB = 3.0  # between two syllables the voice falls at least this much

# benchmarks/captions.py: "long pauses".
_ATTACK_FRAMES = 20  # in which another sound may begin before it is found to be no speech,
_DECAY_FRAMES = 10  # and for which a voice may continue after that

_SYLLABLE_WINDOW = np.hanning(9)[1:-1] / np.hanning(9).sum()  # 70 ms, a third of a syllable
_VOWEL_RATE = 4000  # means a second: they hold the vowels' range, up to 2 kHz, and no frication
_ALL, _VOWELS = 0, 1  # rows of the table
_STEP_FRAMES = 400  # of 10 ms, that are analysed at a time


class EnergyTracker:
    """The energy of audio that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._received = 0  # samples in all
        self._db = FrameTable(rate, 2)  # dBFS of each frame: all, vowels
        self._block = max(1, round(rate / _VOWEL_RATE))  # samples in one mean

    @property
    def frame_seconds(self) -> float:
        """Seconds of a frame."""
        return self._db.frame_seconds

    @property
    def seconds(self) -> float:
        """Seconds of audio received."""
        return to_seconds(self._received, self._rate)

    def push(self, pcm: Pcm) -> None:
        """Add samples; the array must not change until they are analysed."""
        self._received += len(pcm)
        self._db.push(pcm)

    def analyse_some(self) -> bool:
        """Turn up to four seconds of the pending samples into frames; return whether more are pending."""
        if self._db.pending_frames:
            samples = self._db.take_pending(_STEP_FRAMES)
            frames = samples.astype(np.float32).reshape(-1, self._db.frame_length)
            power = np.stack([_emphasised_power(frames), _vowel_power(frames, self._block)]) / 32768.0**2
            self._db.append(10 * np.log10(power + 10 ** (_SILENCE_DBFS / 10)))
        return self._db.pending_frames > 0

    def speech_regions(self, start: float, end: float, non_speech: FrameSpans | None = None) -> Regions:
        """Find the speech between `start` and `end` seconds; the last region may continue after `end`.

        `non_speech`: stretches in which no voice speaks.
        """
        db = self._between(_ALL, start, end)
        first, stop = self._frame(start), self._frame(end, whole=False)
        near = self._db.values[_ALL, context_frames(first, stop, non_speech or [])] if stop > first else db
        quiet, fairly_quiet, loud = np.sort(near)[[len(near) * share // 100 for share in (5, 15, 95)]]
        contrast = loud - quiet
        if contrast < LEAST_CONTRAST_DB:
            speech = np.full(len(db), loud > _NO_CONTRAST_SPEECH_DBFS)
        else:
            noise = min(6.0, 1.5 + 3 * (fairly_quiet - quiet))  # dB by which noise exceeds its quietest frames
            speech = db > max(quiet + noise, loud - _SPEECH_RANGE_DB)
        for begin, last in non_speech or []:
            speech[_onset(speech, begin - first) : max(0, last - first)] = False
        regions = (runs(speech).astype(np.float64) + first) * self.frame_seconds
        extra = (_CLEAR_CONTRAST_DB - float(contrast)) * _PAUSE_SECONDS_PER_DB
        pause = SHORTEST_PAUSE + min(max(extra, 0.0), _MAX_EXTRA_PAUSE_SECONDS)
        return _joined(_joined(regions, pause, _SHORTEST_SPEECH_SECONDS), pause, 0.0)

    def syllable_boundaries(self, start: float, end: float) -> Floats:
        """Seconds between `start` and `end` at which one syllable ends and the next begins: dips of the energy.

        A silence between two syllables is a boundary as well.
        """
        db = self._between(_VOWELS, start, end)
        if len(db) < len(_SYLLABLE_WINDOW):
            return np.empty(0)
        audible = np.maximum(db, np.sort(db)[len(db) * 95 // 100] - _SYLLABLE_RANGE_DB)
        beyond = len(_SYLLABLE_WINDOW) // 2
        around = np.concatenate([audible[:1].repeat(beyond), audible, audible[-1:].repeat(beyond)])
        level = np.convolve(around, _SYLLABLE_WINDOW, "valid")
        tops = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:])) + 1
        dips: list[int] = []
        highest = lowest = int(tops[:1].sum())  # since the last dip; the lowest comes after the highest
        for top, following in pairwise(tops.tolist()):
            bottom = top + int(level[top:following].argmin())
            lowest = bottom if level[bottom] < level[lowest] else lowest
            if min(level[highest], level[following]) - level[lowest] >= _SYLLABLE_DIP_DB:
                dips.append(lowest)
                highest = lowest = following
            elif level[following] > level[highest]:
                highest = lowest = following
        return (self._frame(start) + np.array(dips)) * self.frame_seconds

    def _frame(self, seconds: float, *, whole: bool = True) -> int:
        """The frame at a time within the audio: the one that contains it, or the one with the nearest edge."""
        self._analyse()
        frames = min(max(seconds, 0.0), self.seconds) / self.frame_seconds
        return min(int(frames) if whole else round(frames), self._db.count)

    def _between(self, row: int, start: float, end: float) -> Float32s:
        """The frames between two times, at least one: before any audio there is silence."""
        first, stop = self._frame(start), self._frame(end, whole=False)  # these analyse what is pending
        frames = self._db.values[row, first:stop]
        return frames if len(frames) else np.array([_SILENCE_DBFS], np.float32)

    def _analyse(self) -> None:
        """Turn the pending samples into frames; a partial frame stays pending."""
        while self.analyse_some():
            pass


def _emphasised_power(frames: Float32s) -> Float32s:
    """Mean square of each frame's emphasised samples y, where y[k] = x[k] - PRE_EMPHASIS * x[k-1], less their mean.

    The mean is the offset of the recording. Three sums over the samples give the result without a copy of them.
    """
    here, before = frames[:, 1:], frames[:, :-1]
    first, last = frames[:, 0], frames[:, -1]
    squares = np.einsum("ij,ij->i", frames, frames)
    products = np.einsum("ij,ij->i", here, before)
    total = np.einsum("ij->i", frames)
    energy = squares - first**2 - 2 * _PRE_EMPHASIS * products + _PRE_EMPHASIS**2 * (squares - last**2)
    offset = (total - first) - _PRE_EMPHASIS * (total - last)
    power: Float32s = np.maximum(energy - offset**2 / here.shape[1], 0.0) / frames.shape[1]
    return power


def _vowel_power(frames: Float32s, block: int) -> Float32s:
    """Mean square of the differences between the means of each frame's blocks of samples: some 300 to 2000 Hz."""
    used = frames.shape[1] // block * block
    # `einsum` sums over so short an axis faster than `sum` does.
    means = np.einsum("ijk->ij", frames[:, :used].reshape(len(frames), -1, block)) / np.float32(block)
    differences = means[:, 1:] - means[:, :-1]
    power: Float32s = np.einsum("ij,ij->i", differences, differences) / max(1, differences.shape[1])
    return power


def _onset(speech: npt.NDArray[np.bool_], non_speech: int) -> int:
    """First frame of the sound that is found to be no speech from a frame on; a voice may still fade there."""
    before = np.flatnonzero(~speech[: max(0, non_speech)])
    begin = int(before[-1]) + 1 if len(before) else 0
    return begin if non_speech - begin <= _ATTACK_FRAMES else non_speech + _DECAY_FRAMES


def _joined(regions: Regions, shortest_gap: float, shortest_region: float) -> Regions:
    """Regions with the gaps below `shortest_gap` closed, without those that are still below `shortest_region`."""
    if not len(regions):
        return regions
    apart = regions[1:, 0] - regions[:-1, 1] >= shortest_gap - 1e-9
    starts, ends = np.append(regions[0, 0], regions[1:, 0][apart]), np.append(regions[:-1, 1][apart], regions[-1, 1])
    joined: Regions = np.stack([starts, ends], axis=1)
    return joined[joined[:, 1] - joined[:, 0] >= shortest_region - 1e-9]
