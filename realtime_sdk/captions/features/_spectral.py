"""Spectral features of audio, frame by frame: level and band levels, relative to those of the voice."""

from __future__ import annotations

import functools

import numpy as np

from ...audio._pcm import Pcm
from ._energy import Floats
from ._frame_table import LEAST_CONTRAST_DB, Float32s, FrameSpans, FrameTable, context_frames
from ._non_speech import NonSpeechDetector

BANDS = (100, 400, 800, 1500, 2500, 3700), (4000, 7500)
"""Hz. Five bands lie between the edges of the first row, within the telephone band; the last one is for fricatives."""

_EDGES = (*zip(BANDS[0], BANDS[0][1:], strict=False), BANDS[1])
# benchmarks/captions.py: "hard to follow", "people".
_WINDOW_FRAMES = 2.5  # analysed for each frame: itself and those before it
_FFT_BATCH_FRAMES = 1024  # bounds the memory of one analysis
_MAX_PENDING_SECONDS = 60.0  # audio waits up to this long: its captions may never be requested
_SILENCE_DBFS = -100.0  # digital silence, kept finite
_FAINTEST_VOICE_DBFS = -60.0
_VOICE_RANGE_DB = 30.0  # below the speech peaks; fainter frames are no part of a voice,
_VOICE_RANGE_SHARE = 0.3  # nor are those within this share of the range between quiet and loud
_LEVEL_LIMITS_DB, _BAND_LIMITS_DB, _SNR_LIMITS_DB = (-45.0, 5.0), (-30.0, 25.0), (0.0, 20.0)
_MISSING_BAND_DB = -65.0  # below the speech peaks: a fainter band was cut off by the channel
_PRIOR_BANDS_DB = np.array([-14.0, -19.0, -29.0, -29.0, -31.0, -37.0])  # relative to the speech peaks
_PRIOR_FRAMES = 30.0  # of speech, which weigh as much as that prior


class SpectralFeatures:
    """The spectral features of audio that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        self._db = FrameTable(rate, len(_EDGES), _WINDOW_FRAMES)  # dBFS of each frame's bands
        self._window, self._filters = _filter_bank(rate, self._db.window_length)
        self._detector = NonSpeechDetector()
        self._is_whole = True  # no audio was released before it was analysed

    def push(self, pcm: Pcm) -> None:
        """Add samples; the array must not change any more."""
        self._db.push(pcm)
        if self._db.pending_seconds >= _MAX_PENDING_SECONDS:
            self._analyse()

    def release_audio(self) -> None:
        """Discard the audio that is not analysed: its features are not expected to be used."""
        if self._db.pending_frames:
            self._is_whole = False
            self._db.drop_pending()

    def non_speech(self) -> FrameSpans:
        """Find the stretches so far in which no voice speaks; none after some audio was released."""
        self._analyse()
        return self._detector.spans(self._db.values[:-1]) if self._is_whole else []

    def features(self, times: Floats) -> Floats:
        """Return the features of the frames that begin at `times`, seconds in order: shape (n, 8), in dB.

        The level relative to the speech peaks; six bands, each relative to its average in the voice, NaN
        where the channel has no such band; the level above the noise. All are NaN before any audio, after some was
        released, and where no voice stands out from hum or noise.
        """
        self._analyse()
        values, count = self._db.values.shape
        nothing = np.full((len(times), values + 2), np.nan)
        if not count or not self._is_whole:
            return nothing
        frames = np.minimum((times / self._db.frame_seconds + 0.5).astype(np.intp), count - 1)
        near = context_frames(int(frames[0]), int(frames[-1]) + 1, self.non_speech())
        bands = self._db.values[:, near].T.astype(np.float64)
        level = _level(bands)
        quiet, loud = np.percentile(level, (5, 95))
        if loud - quiet < LEAST_CONTRAST_DB:
            return nothing
        loud = max(loud, _FAINTEST_VOICE_DBFS)
        voice = bands[level > max(loud - _VOICE_RANGE_DB, quiet + _VOICE_RANGE_SHARE * (loud - quiet))]
        average = (voice.sum(0) + _PRIOR_FRAMES * (loud + _PRIOR_BANDS_DB)) / (len(voice) + _PRIOR_FRAMES)
        if len(voice):
            average[np.percentile(voice, 95, axis=0) < loud + _MISSING_BAND_DB] = np.nan
        bands = self._db.values[:, frames].T.astype(np.float64)
        level = _level(bands)[:, None]
        return np.hstack([
            np.clip(level - loud, *_LEVEL_LIMITS_DB),
            np.clip(bands - average, *_BAND_LIMITS_DB),
            np.clip(level - quiet, *_SNR_LIMITS_DB),
        ])

    def _analyse(self) -> None:
        """Turn the pending samples into frames; a partial frame stays pending."""
        if not self._db.pending_frames:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._db.take_pending(), self._db.window_length)
        windows = windows[:: self._db.frame_length]
        for begin in range(0, len(windows), _FFT_BATCH_FRAMES):
            block = windows[begin : begin + _FFT_BATCH_FRAMES] * self._window
            spectrum = np.fft.rfft(block, _fft_size(self._db.window_length), axis=1)
            power = (spectrum.real**2 + spectrum.imag**2) @ self._filters
            self._db.append((10 * np.log10(power + 10 ** (_SILENCE_DBFS / 10))).T)


def _level(bands: Floats) -> Floats:
    """DBFS of each frame's spectrum without the fricative band; `bands`: shape (frames, bands)."""
    level: Floats = 10 * np.log10((10 ** (bands[:, :-1] / 10)).sum(1))
    return level


def _fft_size(window_length: int) -> int:
    """Length of the transform of a window: a power of 2."""
    return 1 << (window_length - 1).bit_length()


@functools.cache
def _filter_bank(rate: int, window_length: int) -> tuple[Float32s, Floats]:
    """The analysis window, and the weight of each frequency in each band; cached, as every content part needs them."""
    window, size = np.hanning(window_length).astype(np.float32), _fft_size(window_length)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    scale = 2 / (size * float((window**2).sum()) * 32768.0**2)
    return window, np.array([(frequencies >= low) & (frequencies < high) for low, high in _EDGES]).T * scale
