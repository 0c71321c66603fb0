"""The phoneme recogniser, from the wheel `hama` (Apache-2.0): a neural network with the CTC criterion.

For each frame of 20 ms it gives the probability of 190 phonemes and other tokens, and of "blank": a phoneme is a spike
of a frame or two, and blank lies between. It was trained on English for the most part, and hears other languages in
sounds that are nearest to its own.
"""

# ruff: noqa: RUF001 — the letters of the phonetic alphabet are what its tokens are

from __future__ import annotations

import importlib
import logging
import threading
from functools import cache
from typing import Any, Final

import numpy as np

from ..captions.features._frame_table import Float32s
from ..captions.features._product import product
from ._articulation import letters, likeness

_log = logging.getLogger(__name__)

RATE: Final = 16_000
"""Sample rate of its audio, in Hz."""

# benchmarks/captions.py: "4x", with align.
DELAY_FRAMES: Final = 2
"""Frames by which its spikes come after the sounds that they stand for."""

# The share of each phoneme among all, in prompts that people read in five languages and in synthetic speech; the
# others are rarer.
_SHARES: Final = {
    "ɹ": 0.069, "t": 0.065, "n": 0.064, "i": 0.058, "s": 0.058, "ə": 0.052, "ɪ": 0.05, "l": 0.049, "d": 0.04,
    "k": 0.032, "m": 0.031, "ɛ": 0.028, "oʊ": 0.025, "p": 0.024, "ɔ": 0.024, "æ": 0.023, "z": 0.023, "f": 0.021,
    "j": 0.018, "w": 0.018, "ɑ": 0.016, "ð": 0.016, "eɪ": 0.016, "u": 0.016, "a": 0.015, "v": 0.015, "ɝ": 0.015,
    "b": 0.013, "h": 0.01, "e": 0.01, "θ": 0.009, "o": 0.009, "aɪ": 0.009, "ɾ": 0.008, "ʃ": 0.007, "ʌ": 0.006,
    "ʊ": 0.006, "ŋ": 0.006, "g": 0.005, "t͡ʃ": 0.005, "aʊ": 0.004, "d͡ʒ": 0.004, "r": 0.004,
}  # fmt: skip
_RARE_SHARE: Final = 0.0005
# benchmarks/captions.py: "people", with align.
_HELD: Final = 0.9  # of a phoneme's probability that a blank frame keeps: a sound of some length is not known any more
_LEAST_LIKELIHOOD: Final = 0.03  # relative to the average: some sounds are not recognised


class PhonemeModel:
    """The network. Any thread may use it, one at a time.

    Raises:
        RuntimeError: it can't be loaded, as where the wheel has no native library for the platform.

    """

    def __init__(self) -> None:
        try:
            model = importlib.import_module("hama.asr").ASRModel()
        except Exception as error:
            raise RuntimeError(f"the phoneme recogniser hama can't be loaded on this platform ({error})") from error
        self._session: Any = model.session
        self._lock = threading.Lock()
        tokens = ["" if token.startswith("<") else token for token in model.decoder_tokens]
        share = np.array([_SHARES.get(token, _RARE_SHARE) if letters(token) else 0.0 for token in tokens], np.float32)
        self._is_phoneme = share > 0
        self._likeness = likeness(tokens)
        self._usual = (share / share.sum()) @ self._likeness  # of each class, in an average sound

    def log_scaled_likelihoods(self, audio: Float32s) -> Float32s:
        """Return how much likelier each acoustic class is in each frame than usual, in natural logarithms.

        `audio`: float32 of shape (samples,), -1 to 1, at `RATE`, no longer than 30 s. Shape (frames of 20 ms, classes).
        All are 0 for silence, whose class the network does not know.
        """
        tokens = self._probabilities(audio)
        phonemes = tokens[:, self._is_phoneme]
        classes = _between_spikes(product(tokens, self._likeness), 1 - phonemes.sum(1), self._usual)
        heard = self._usual > 0
        classes[:, heard] = np.log(classes[:, heard] / self._usual[heard] + _LEAST_LIKELIHOOD)
        classes[:, heard] -= np.log1p(_LEAST_LIKELIHOOD)
        classes[:, ~heard] = 0.0
        return classes

    def _probabilities(self, audio: Float32s) -> Float32s:
        """The probability of each token in each frame."""
        feeds = {"waveform": audio[None], "waveform_lengths": np.array([len(audio)], np.int64)}
        with self._lock:  # its buffers belong to one call at a time
            (log_probabilities,) = self._session.run(["log_probs"], feeds)
        probabilities: Float32s = np.exp(log_probabilities[0])
        return probabilities


def _between_spikes(spikes: Float32s, blank: Float32s, usual: Float32s) -> Float32s:
    """Share the blank frames between the sounds before and after them; far from both, sounds are as likely as usual.

    `spikes`: of each class in each frame, shape (frames, classes); `blank`: the probability of none, shape (frames,);
    `usual`: of each class, shape (classes,).
    """
    shared = np.zeros_like(spikes)
    for frames in (range(len(spikes)), range(len(spikes) - 1, -1, -1)):
        current = usual
        for frame in frames:
            current = spikes[frame] + blank[frame] * (_HELD * current + (1 - _HELD) * usual)
            shared[frame] += current / 2
    return shared


_loading = threading.Lock()


def phoneme_model() -> PhonemeModel:
    """Return the model of this process, loaded at the first call; raises as `PhonemeModel` does."""
    with _loading:  # or two threads would load two
        return _phoneme_model()


@cache
def _phoneme_model() -> PhonemeModel:
    return PhonemeModel()


def recogniser_failure() -> str | None:
    """Return why the recogniser can't be loaded; None: it can."""
    try:
        phoneme_model()
    except RuntimeError as error:
        return str(error)
    return None


@cache
def log_failure(reason: str) -> None:
    """Log why captions are placed without the recogniser, once in a process for each reason."""
    _log.warning("%s; captions are placed by the phone model of this package", reason)
