"""Long stretches in which no voice speaks: silence, noise, hum, most music.

The spectrum of a voice moves all the time; that of other sounds hardly does, however loud they are. A hidden Markov
model with two states, voice and no voice, is decoded by the Viterbi algorithm. The spectral flux of a block is its
emission cost; a change of state has a cost too, because a long vowel is no such stretch.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ._energy import Floats
from ._frame_table import FrameSpans, Kept, runs

Flags: TypeAlias = npt.NDArray[np.bool_]

# benchmarks/captions.py: "long pauses".
_BLOCK_FRAMES = 5
_FLUX_LAGS = 4, 5  # frames between two spectra that are compared: the waves of a hum repeat after one of them,
_FLUX_FRAMES = max(_FLUX_LAGS)  # so the lesser change counts
_PEAK_BLOCKS = 20  # on either side, whose loudest one is the reference of a spectrum
_SPECTRUM_RANGE_DB = 40.0  # below that reference: a fainter band counts as this, and a fainter frame is silent,
_SILENT_DBFS = -60.0  # as is one below this
_VOICE_FLUX_DB = 3.2  # a clear voice has 4 to 8 on average, music 1 to 4, noise 2
_LEAST_RANGE_DB = 45.0  # between the loudest and the quietest block; with less, noise may hide a voice
_TO_NON_SPEECH_COST, _TO_VOICE_COST = 40.0, 10.0  # dB, summed over blocks: two seconds of music; a word's onset
_UNSETTLED_BLOCKS = 200  # before the end, whose state may still change
_SHORTEST_BLOCKS = 40  # of a stretch; a shorter one is a pause


class NonSpeechDetector:
    """Finds those stretches in audio that arrives in pieces."""

    def __init__(self) -> None:
        self._settled = 0  # blocks whose state is final
        self._flux, self._silent = np.empty(0), np.empty(0, np.bool_)  # of the blocks after those,
        self._steady = 0  # and the first of which more audio may change them
        self._found: list[tuple[int, int]] = []  # first block and the one after the last, of each stretch among those
        self._costs = 0.0, 0.0  # of the best path to either state after those: voice, none
        self._quietest, self._loudest = np.inf, -np.inf  # dB of a block
        self._last: tuple[int, FrameSpans] = 0, []  # blocks at the last call, and its result

    def spans(self, bands: Kept) -> FrameSpans:
        """Find the stretches, in frames; the last may continue.

        `bands`: dBFS of all frames so far, shape (bands, frames); each call repeats those of the last and adds some.
        """
        count = (bands.shape[1] - _FLUX_FRAMES) // _BLOCK_FRAMES
        if count <= self._last[0]:
            return self._last[1]
        self._measure(bands, count)
        noisy = self._loudest - self._quietest < _LEAST_RANGE_DB
        states = self._decode(np.zeros(len(self._flux)) if noisy else self._flux)
        no_voice = states | self._silent
        found = _joined(self._found, no_voice, self._settled)
        settling = len(states) - _UNSETTLED_BLOCKS
        if settling > 0:
            self._found = _joined(self._found, no_voice[:settling], self._settled)
            self._settled += settling
            self._flux, self._silent = self._flux[settling:], self._silent[settling:]
            self._costs = (np.inf, 0.0) if states[settling - 1] else (0.0, np.inf)
        self._last = count, _spans(found, count)
        return self._last[1]

    def _measure(self, bands: Kept, count: int) -> None:
        """Measure the blocks that are new, and those before them whose reference may have changed.

        Mean spectral flux of each block in dB, less that of a voice; and which blocks are silent.
        """
        first = max(0, self._steady - _PEAK_BLOCKS)
        frames = bands[:, first * _BLOCK_FRAMES : count * _BLOCK_FRAMES + _FLUX_FRAMES].astype(np.float64)
        level = 10 * np.log10((10 ** (frames / 10)).sum(0))
        blocks = level[:-_FLUX_FRAMES].reshape(-1, _BLOCK_FRAMES)
        means = blocks.mean(1)
        self._quietest, self._loudest = min(self._quietest, means.min()), max(self._loudest, means.max())
        around = np.full(len(blocks) + 2 * _PEAK_BLOCKS, -np.inf)
        around[_PEAK_BLOCKS:-_PEAK_BLOCKS] = blocks.max(1)
        top = np.lib.stride_tricks.sliding_window_view(around, 2 * _PEAK_BLOCKS + 1).max(1).repeat(_BLOCK_FRAMES)
        floor = top - _SPECTRUM_RANGE_DB
        loud = np.maximum(level[:-_FLUX_FRAMES], level[_FLUX_FRAMES:]) > np.maximum(floor, _SILENT_DBFS)
        here = np.maximum(frames[:, : len(loud)], floor)
        changes = [np.abs(np.maximum(frames[:, lag : lag + len(loud)], floor) - here).mean(0) for lag in _FLUX_LAGS]
        flux = ((np.array(changes) - _VOICE_FLUX_DB) * loud).reshape(len(_FLUX_LAGS), -1, _BLOCK_FRAMES).mean(2).min(0)
        silent = ~loud.reshape(-1, _BLOCK_FRAMES).any(1)
        kept, new = self._steady - self._settled, self._steady - first
        self._flux = np.append(self._flux[:kept], flux[new:])
        self._silent = np.append(self._silent[:kept], silent[new:])
        self._steady = max(self._settled, count - _PEAK_BLOCKS)

    def _decode(self, flux: Floats) -> Flags:
        """Whether each of the unsettled blocks has no voice, on the cheapest path along them."""
        voice, non_speech = self._costs
        if _speaks_throughout(flux, non_speech - voice):
            return np.zeros(len(flux), np.bool_)
        before: list[tuple[bool, bool]] = []  # of each block, by its state: whether the block before has no voice
        for block_flux in flux.tolist():
            to_voice, to_non_speech = non_speech + _TO_VOICE_COST, voice + _TO_NON_SPEECH_COST
            before.append((to_voice < voice, non_speech <= to_non_speech))
            voice, non_speech = min(voice, to_voice), min(non_speech, to_non_speech) + block_flux
        states = [non_speech < voice]
        for by_state in reversed(before[1:]):
            states.append(by_state[states[-1]])
        return np.array(states[::-1])


def _speaks_throughout(flux: Floats, beginning: float) -> bool:
    """Whether no path is cheaper than that of a voice in all blocks, as is usual; `beginning`: the cost of no voice."""
    sums = np.append(0.0, np.cumsum(flux))
    deepest = float((np.maximum.accumulate(sums) - sums).max())  # what a stretch without a voice saves at most
    return deepest <= _TO_NON_SPEECH_COST and beginning + min(float(sums[-1]), float(sums.min()) + _TO_VOICE_COST) >= 0


def _joined(found: list[tuple[int, int]], states: Flags, first: int) -> list[tuple[int, int]]:
    """Stretches of blocks, and those of some more blocks, which begin at `first`."""
    more = [(begin, end) for begin, end in (runs(states) + first).tolist()]
    if found and more and found[-1][1] == more[0][0]:
        return [*found[:-1], (found[-1][0], more[0][1]), *more[1:]]
    return [*found, *more]


def _spans(found: list[tuple[int, int]], count: int) -> FrameSpans:
    """The stretches that are no pauses, in frames; one that reaches the last of `count` blocks continues."""
    return [
        (begin * _BLOCK_FRAMES, end * _BLOCK_FRAMES + (_BLOCK_FRAMES + _FLUX_FRAMES if end == count else 0))
        for begin, end in found
        if end - begin >= _SHORTEST_BLOCKS
    ]
