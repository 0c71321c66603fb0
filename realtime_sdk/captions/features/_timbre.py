"""How sound is measured, frame by frame: its level and its spectrum, against those of the voice. No sound is kept."""

from __future__ import annotations

import functools

import numpy as np

from ...audio._pcm import Pcm
from ._energy import Floats
from ._measured import LEAST_CONTRAST_DB, Measured, Singles, Stretches, context
from ._steady import Steady

BANDS = (100, 400, 800, 1500, 2500, 3700), (4000, 7500)
"""Hz. Five lie between the numbers of the first row, where a telephone hears as well; the last is for hissing."""

_EDGES = (*zip(BANDS[0], BANDS[0][1:], strict=False), BANDS[1])
_WIDTH = 2.5  # frames that are measured for each: its own and those before it
_BLOCK = 1024  # frames measured at once, which bounds the memory that it takes
_PENDING_SECONDS = 60.0  # sound waits unmeasured up to this long: nobody may ever look
_SILENCE_DB = -100.0  # dB of full scale: digital silence, kept finite
_FAINT_DB = -60.0  # dB of full scale: nothing that is fainter than this is a voice
_VOICE_RANGE_DB = 30.0  # what lies further below the loud parts is no part of a voice,
_VOICE_SHARE = 0.3  # nor is what lies within this share of what there is between quiet and loud
_LEVELS, _BALANCE, _ABOVE = (-45.0, 5.0), (-30.0, 25.0), (0.0, 20.0)  # dB: further away sound tells no more
_MISSING_DB = -65.0  # dB against the loud parts: a band with less than this was cut off on the way
_USUAL_BALANCE = np.array([-14.0, -19.0, -29.0, -29.0, -31.0, -37.0])  # dB of a voice's bands against its loud parts
_USUAL_FRAMES = 30.0  # of speech that tell as much about a voice's bands as is known before


class Timbre:
    """The timbre of a sound that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        self._db = Measured(rate, len(_EDGES), _WIDTH)  # dB of full scale of each frame's bands
        self._shape, self._bands = _bank(rate, self._db.width)
        self._steady = Steady()
        self._is_whole = True  # no sound was let go before it was measured

    def push(self, pcm: Pcm) -> None:
        """Take the next samples; the array must not change from then on."""
        self._db.push(pcm)
        if self._db.pending >= _PENDING_SECONDS:
            self._measure()

    def let_go(self) -> None:
        """Keep no sound: nobody has looked, and nobody is expected to."""
        if self._db.fresh:
            self._is_whole = False
            self._db.let_go()

    def steady(self) -> Stretches:
        """The stretches of the sound so far in which no voice speaks; none after some of it was let go."""
        self._measure()
        return self._steady.stretches(self._db.table[:-1]) if self._is_whole else []

    def features(self, times: Floats) -> Floats:
        """How the frames sound that begin at `times`, seconds in order: shape (n, 8), in dB.

        Its level against the loud parts of the voice; each band against that of the voice on average, which is not a
        number where the sound has no such band; and by how much it rises above the noise. None of them is before any
        sound, after some was let go, or where no voice stands out from a hum or noise.
        """
        self._measure()
        values, count = self._db.table.shape
        nothing = np.full((len(times), values + 2), np.nan)
        if not count or not self._is_whole:
            return nothing
        frames = np.minimum((times / self._db.step + 0.5).astype(np.intp), count - 1)
        near = context(int(frames[0]), int(frames[-1]) + 1, self.steady())
        bands = self._db.table[:, near].T.astype(np.float64)
        level = _level(bands)
        quiet, loud = np.percentile(level, (5, 95))
        if loud - quiet < LEAST_CONTRAST_DB:
            return nothing
        loud = max(loud, _FAINT_DB)
        voice = bands[level > max(loud - _VOICE_RANGE_DB, quiet + _VOICE_SHARE * (loud - quiet))]
        usual = (voice.sum(0) + _USUAL_FRAMES * (loud + _USUAL_BALANCE)) / (len(voice) + _USUAL_FRAMES)
        if len(voice):
            usual[np.percentile(voice, 95, axis=0) < loud + _MISSING_DB] = np.nan
        bands = self._db.table[:, frames].T.astype(np.float64)
        level = _level(bands)[:, None]
        return np.hstack([
            np.clip(level - loud, *_LEVELS), np.clip(bands - usual, *_BALANCE), np.clip(level - quiet, *_ABOVE)
        ])  # fmt: skip

    def _measure(self) -> None:
        """Turn the pending samples into frames; what fills no frame stays pending."""
        if not self._db.fresh:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._db.take(), self._db.width)[:: self._db.frame]
        for begin in range(0, len(windows), _BLOCK):
            block = windows[begin : begin + _BLOCK] * self._shape
            spectrum = np.fft.rfft(block, _size(self._db.width), axis=1)
            power = (spectrum.real**2 + spectrum.imag**2) @ self._bands
            self._db.add((10 * np.log10(power + 10 ** (_SILENCE_DB / 10))).T)


def _level(bands: Floats) -> Floats:
    """Decibels of full scale of each frame's whole spectrum but the hissing; `bands`: of shape (frames, values)."""
    level: Floats = 10 * np.log10((10 ** (bands[:, :-1] / 10)).sum(1))
    return level


def _size(width: int) -> int:
    """Samples of the transform of so many: a power of 2."""
    return 1 << (width - 1).bit_length()


@functools.cache
def _bank(rate: int, width: int) -> tuple[Singles, Floats]:
    """The window, and what the power of each frequency adds to each band: every part of every message needs them."""
    shape, size = np.hanning(width).astype(np.float32), _size(width)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    scale = 2 / (size * float((shape**2).sum()) * 32768.0**2)
    return shape, np.array([(frequencies >= low) & (frequencies < high) for low, high in _EDGES]).T * scale
