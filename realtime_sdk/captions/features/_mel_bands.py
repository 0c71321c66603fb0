"""Mel bands of audio that arrives in pieces, frame by frame, relative to the voice: the input of the phone model."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from ...audio._pcm import Pcm
from ._energy import Floats
from ._frame_table import Float32s, FrameSpans, FrameTable, GrowingTable, Kept, context_frames
from ._non_speech import NonSpeechDetector
from ._product import product

FEATURES = 26
"""Of a frame: mel bands relative to their average in the voice; the level relative to the voice's peaks, and to the
noise."""

WIDE_BANDS = (100, 400, 800, 1500, 2500, 3700)
"""Hz: the edges of five bands within the telephone band."""

STEP_FRAMES = 100
"""Analysed at once: some milliseconds of work."""

_MEL_BANDS = FEATURES - 2
_LEVEL = _MEL_BANDS + len(WIDE_BANDS) - 1  # row of the table
_LOWEST_HZ, _HIGHEST_HZ = 90.0, 7600.0
_WINDOW_FRAMES = 2.5  # analysed for each frame: itself and those before it
_SILENCE_DBFS = -100.0  # digital silence, kept finite

_BLOCK_FRAMES = 25  # that are relative to the same levels: those of the voice up to the last of them,
_FIRST_FRAMES = 200  # or of this many frames, where it is one of these
_DETECTION_FRAMES = 100  # between two searches for stretches without a voice, which show no levels
_LOUD_FRAMES, _LOUD_SHARE = 20, 0.05  # of them, whichever are fewer, exceed the level of the voice's peaks,
_QUIET_SHARE = 0.05  # and this share is below that of the noise
_FAINTEST_VOICE_DBFS = -60.0
_VOICE_RANGE_DB = 30.0  # below the peaks; fainter frames are no part of a word,
_VOICE_RANGE_SHARE = 0.3  # nor are those within this share of the range between quiet and loud
_MISSING_BAND_DB = -65.0  # below the peaks: what is fainter in a band was cut off by the channel
_PRIOR_BANDS_DB = -np.linspace(10.0, 38.0, _MEL_BANDS, dtype=np.float32)  # relative to the peaks
_PRIOR_FRAMES = 30  # of the voice, which weigh as much as that prior
_BAND_LIMITS_DB, _LEVEL_LIMITS_DB, _SNR_LIMITS_DB = (-40.0, 25.0), (-50.0, 5.0), (0.0, 50.0)
_UNIT_DB = 15.0


class MelBands:
    """The mel bands of audio that arrives in pieces."""

    def __init__(self, rate: int) -> None:
        # dBFS of the mel bands, of the wide bands, and of all mel bands together.
        self._db = FrameTable(rate, _MEL_BANDS + len(WIDE_BANDS), _WINDOW_FRAMES, np.float16)
        self._window, self._filters = _filter_bank(rate, self._db.window_length)
        self._settled = GrowingTable(FEATURES)  # features that more audio does not change
        self._detector = NonSpeechDetector()  # of its own, which searches at fixed frames: pieces make no difference
        self._non_speech: FrameSpans = []  # at the last search

    @property
    def frame_seconds(self) -> float:
        """Seconds of a frame."""
        return self._db.frame_seconds

    @property
    def is_pending(self) -> bool:
        """Whether a frame or more is not analysed yet."""
        return self._db.pending_frames > 0

    @property
    def frames(self) -> int:
        """How many are analysed."""
        return self._db.count

    @property
    def settled(self) -> int:
        """How many of them have features that more audio does not change."""
        return self._settled.count

    @property
    def known(self) -> int:
        """How many of them have shown the levels to which those are relative that are not settled.

        At first it doubles again and again, so that these few are not analysed again with each piece of audio.
        """
        blocks = self.frames // _BLOCK_FRAMES
        return self.settled or (_BLOCK_FRAMES << blocks.bit_length() - 1 if blocks else self.frames)

    @property
    def wide_bands(self) -> Kept:
        """DBFS of the frames analysed in `WIDE_BANDS`, shape (bands, frames)."""
        return self._db.values[_MEL_BANDS:_LEVEL]

    def push(self, pcm: Pcm) -> None:
        """Add samples; the array must not change until they are analysed."""
        self._db.push(pcm)

    def drop_pending(self) -> None:
        """Discard the samples that are not analysed."""
        self._db.drop_pending()

    def drop_features(self, before: int) -> None:
        """Drop the features of the frames before one, which are not needed any more."""
        self._settled.drop_before(min(before, self.settled))

    def drop_frames(self) -> None:
        """Drop all that is known of the frames: no more audio follows, and none of it is needed any more."""
        self._db.drop_before(self.frames)
        self._settled.drop_before(self.settled)

    def analyse(self) -> None:
        """Turn pending samples into frames, at most `STEP_FRAMES`; a partial frame stays pending."""
        if not self._db.pending_frames:
            return
        samples = self._db.take_pending(STEP_FRAMES)
        windows = np.lib.stride_tricks.sliding_window_view(samples, self._db.window_length)[:: self._db.frame_length]
        spectrum = np.fft.rfft(windows * self._window, _fft_size(self._db.window_length), axis=1)
        power = product(spectrum.real**2 + spectrum.imag**2, self._filters)
        power += 10 ** (_SILENCE_DBFS / 10)
        level = power[:, :_MEL_BANDS].sum(1, keepdims=True)
        self._db.append(10 * np.log10(np.hstack([power, level])).T)
        for stop in range(self.settled + _BLOCK_FRAMES, self.frames + 1, _BLOCK_FRAMES):
            known = max(stop, _FIRST_FRAMES)
            if known <= self.frames and stop % _DETECTION_FRAMES == 0:
                self._non_speech = self._detector.spans(self.wide_bands[:, :stop])
            if known <= self.frames:
                self._settled.append(self._features(stop - _BLOCK_FRAMES, stop, known))

    def features(self, first: int) -> Float32s:
        """Return the features of the frames analysed from `first` on, shape (FEATURES, frames)."""
        settled, count = self.settled, self.frames
        if settled == count:
            return self._settled.since(first)
        unsettled = self._features(max(first, settled), count, self.known)
        return np.hstack([self._settled.since(min(first, settled)), unsettled])

    def _features(self, first: int, stop: int, known: int) -> Float32s:
        """The features of some frames, relative to the voice in the ten seconds before the frame `known`."""
        context = context_frames(known, known, self._non_speech)
        mel, levels = self._db.values[:_MEL_BANDS], self._db.values[_LEVEL]
        loud, quiet, average = _voice_levels(mel, levels, context)
        bands, level = (values[..., first:stop].astype(np.float32) for values in (mel, levels))
        features = np.vstack([
            np.clip(np.maximum(bands, loud + _MISSING_BAND_DB) - average[:, None], *_BAND_LIMITS_DB),
            np.clip(level - loud, *_LEVEL_LIMITS_DB),
            np.clip(level - quiet, *_SNR_LIMITS_DB),
        ])  # fmt: skip
        return (features / _UNIT_DB).astype(np.float32)


def _voice_levels(bands: Kept, levels: Kept, frames: npt.NDArray[np.intp]) -> tuple[float, float, Float32s]:
    """The levels of the voice's peaks and of the noise, and the voice's average bands, all in dBFS.

    `bands`: dBFS, shape (bands, n); `levels`: of all bands together, shape (n,); `frames`: at least one of those n.
    """
    level = levels[frames].astype(np.float32)
    count = len(level)
    quieter, louder = int(_QUIET_SHARE * count), count - 1 - min(_LOUD_FRAMES, int(_LOUD_SHARE * count))
    ordered = np.partition(level, [quieter, louder])
    quiet, loud = float(ordered[quieter]), max(float(ordered[louder]), _FAINTEST_VOICE_DBFS)
    voice = bands[:, frames[level > max(loud - _VOICE_RANGE_DB, quiet + _VOICE_RANGE_SHARE * (loud - quiet))]]
    audible = np.maximum(voice.astype(np.float32), loud + _MISSING_BAND_DB)
    average = (audible.sum(1) + _PRIOR_FRAMES * (loud + _PRIOR_BANDS_DB)) / (voice.shape[1] + _PRIOR_FRAMES)
    return loud, quiet, average


def _fft_size(window_length: int) -> int:
    """Length of the transform of a window: a power of 2."""
    return 1 << (window_length - 1).bit_length()


@functools.cache
def _filter_bank(rate: int, window_length: int) -> tuple[Float32s, Float32s]:
    """The analysis window, and the weight of each frequency in each band; cached, as every content part needs them."""
    window, size = np.hanning(window_length).astype(np.float32), _fft_size(window_length)
    low, high = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    edges: Floats = 700 * (10 ** (np.linspace(low, high, _MEL_BANDS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(size, 1 / rate)[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    mel = np.clip(np.minimum(rising, falling), 0, None)
    wide = (frequencies >= WIDE_BANDS[:-1]) & (frequencies < WIDE_BANDS[1:])
    scale = 2 / (size * float((window**2).sum()) * 32768.0**2)
    return window, (np.hstack([mel, wide]) * scale).astype(np.float32)
