"""An adaptive filter that learns the way from the loudspeaker to the microphone."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Sound: TypeAlias = npt.NDArray[np.floating[Any]]
"""Shape (frames,), full scale 1.0; single precision is enough."""

Spectrum: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]
"""Of one block among as many zeros, or of several such: shape (block + 1,) or (blocks, block + 1)."""

Power: TypeAlias = npt.NDArray[np.floating[Any]]
"""Squared magnitudes of a `Spectrum`."""

PARTITIONS: Final = 32
"""Blocks that the modelled echo lasts."""

_PERSISTENCE: Final = 0.999
"""How much of the way is taken to be the same a block later; less follows a change sooner, and forgets sooner."""

_DOUBT: Final = 0.1
"""Squared gain per bin that the first block of the way is thought to have, before anything is known."""

_DECAY: Final = 10.0
"""Blocks over which that expectation falls to 1/e: echoes come soon and fade."""

_DOUBT_WHEN_MOVED: Final = 0.02
"""Share of the power of the way that becomes uncertain when it is moved by a frame or more: it is not the same to the
last one."""

_DOUBT_WHEN_WRONG: Final = 0.1
"""Share of the power of the whole way that the first block may have been wrong by when a prediction was."""

_SMOOTHING: Final = 0.8
"""How much of its last estimate the power of what is no echo keeps from block to block."""

_LEAST: Final = 1e-9
"""Added to powers that are divided by."""


class KalmanFilter:
    """The partitioned-block frequency-domain Kalman filter of Enzner and Vary.

    It models the way as `PARTITIONS` blocks of an impulse response, each a spectrum, and keeps for every bin how
    uncertain it is. That uncertainty, weighed against the power of everything that is no echo, is the step size: the
    filter learns fast while it knows little, and holds still while the user speaks.

    G. Enzner, P. Vary: "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones",
    Signal Processing 86 (2006). Partitioned as in F. Kuech, E. Mabande, G. Enzner: "State-space architecture of the
    partitioned-block-based acoustic echo controller", ICASSP 2014.

    block: frames taken at a time.
    """

    def __init__(self, block: int) -> None:
        self._block = block
        bins = block + 1
        self._rendered: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)  # the newest block first
        self._last: Sound = np.zeros(block, np.float32)  # rendered
        self._way: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)
        self._fading: Power = np.exp(-np.arange(PARTITIONS, dtype=np.float32) / _DECAY)[:, None]  # of echoes
        self._doubt: Power = np.zeros((PARTITIONS, bins), np.float32)  # expected squared error of the way
        self._other: Power = np.zeros(bins, np.float32)  # power of what is no echo
        self.know_nothing()

    def predict(self, rendered: Sound) -> Sound:
        """Take the next rendered block; return the echo that is expected in the captured one of the same moment."""
        self._rendered[1:] = self._rendered[:-1]
        self._rendered[0] = np.fft.rfft(np.concatenate([self._last, rendered]))
        self._last = rendered
        predicted = np.fft.irfft(np.einsum("pk,pk->k", self._rendered, self._way))
        return predicted[self._block :].astype(np.float32)

    def learn(self, error: Sound, *, hold: bool = False) -> Power:
        """Take what was captured and not predicted; return the power of the echo in it, as far as that is uncertain.

        hold: learn nothing from it.
        """
        spectrum = np.fft.rfft(np.concatenate([np.zeros_like(error), error]))
        self._other += (1 - _SMOOTHING) * (power_of(spectrum) - self._other)
        rendered = power_of(self._rendered)
        residue: Power = 0.5 * np.einsum("pk,pk->k", rendered, self._doubt)  # half of each transform is the last block
        if hold:
            return residue
        step = self._doubt / (residue + self._other + _LEAST)
        change = np.fft.irfft(step * self._rendered.conj() * spectrum)
        change[:, self._block :] = 0  # a partition is one block long; the rest is an artefact of circular convolution
        self._way += np.fft.rfft(change)
        self._doubt *= _PERSISTENCE**2 * np.maximum(1 - 0.5 * step * rendered, 0)
        self._doubt += (1 - _PERSISTENCE**2) * power_of(self._way)
        return residue

    def begin_anew(self) -> None:
        """Sound was lost: what comes has nothing to do with what was."""
        self._rendered[:], self._last = 0, np.zeros_like(self._last)

    def know_nothing(self) -> None:
        """Be as unsure of the way as in the beginning: there may be another one."""
        self._doubt[:] = _DOUBT * self._fading

    def doubt(self) -> None:
        """Be ready to learn the way anew: what was predicted is wrong."""
        self._doubt = np.maximum(self._doubt, _DOUBT_WHEN_WRONG * power_of(self._way).sum(axis=0) * self._fading)

    def move(self, frames: float) -> None:
        """Take the way to be the same, but so many frames longer; shorter if negative."""
        response = np.fft.irfft(self._way)[:, : self._block].ravel()
        size = 2 * len(response)  # what is moved over an end is gone, and does not come in at the other
        turn = np.exp(-2j * np.pi * frames * np.fft.rfftfreq(size))
        moved = np.fft.irfft(np.fft.rfft(response, size) * turn)[: len(response)]
        self._way[:] = np.fft.rfft(moved.reshape(PARTITIONS, self._block), 2 * self._block)
        self._doubt += _DOUBT_WHEN_MOVED * min(abs(frames), 1.0) * power_of(self._way)


def power_of(spectrum: Spectrum) -> Power:
    """Squared magnitudes."""
    return spectrum.real**2 + spectrum.imag**2
