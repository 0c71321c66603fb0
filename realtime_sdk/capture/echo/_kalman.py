"""An adaptive filter that learns the echo path from the loudspeaker to the microphone."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

Signal: TypeAlias = npt.NDArray[np.floating[Any]]
"""Audio of shape (frames,), full scale 1.0; single precision is enough."""

Spectrum: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]
"""Of one zero-padded block, or of several: shape (block + 1,) or (blocks, block + 1)."""

Power: TypeAlias = npt.NDArray[np.floating[Any]]
"""Squared magnitudes of a `Spectrum`."""

# benchmarks/echo.py holds the numbers of this module.

PARTITIONS: Final = 32
"""Blocks of the modelled impulse response."""

_TRANSITION_FACTOR: Final = 0.999
"""Share of the echo path that persists from block to block; less tracks a change faster, and forgets faster."""

_INITIAL_COVARIANCE: Final = 0.1
"""Expected squared gain per bin of the first partition, before anything is known."""

_ECHO_DECAY_BLOCKS: Final = 10.0
"""Blocks over which that expectation falls to 1/e: echoes come soon and fade."""

_SHIFT_COVARIANCE: Final = 0.02
"""Share of the echo path's power that becomes uncertain when it is shifted by a frame or more."""

_CHANGE_COVARIANCE: Final = 0.1
"""Share of the whole echo path's power that is the expected error of the first partition when the path has changed."""

_NEAR_END_SMOOTHING: Final = 0.8
"""Share of its last estimate that the near-end power keeps from block to block."""

_SPECTRAL_POWER_FLOOR: Final = 1e-9
"""Added to spectral powers that are divisors."""


class KalmanFilter:
    """The partitioned-block frequency-domain Kalman filter of Enzner and Vary.

    It models the echo path as `PARTITIONS` blocks of an impulse response, each a spectrum, and keeps the error
    covariance of every bin. The covariance, weighed against the near-end power (everything that is no echo), is the
    step size: the filter adapts fast while it is uncertain, and freezes while the user speaks.

    G. Enzner, P. Vary: "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free telephones",
    Signal Processing 86 (2006). Partitioned as in F. Kuech, E. Mabande, G. Enzner: "State-space architecture of the
    partitioned-block-based acoustic echo controller", ICASSP 2014.

    block: frames processed at a time.
    """

    def __init__(self, block: int) -> None:
        self._block = block
        bins = block + 1
        self._rendered: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)  # the newest block first
        self._previous: Signal = np.zeros(block, np.float32)  # rendered block
        self._echo_path: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)
        self._decay: Power = np.exp(-np.arange(PARTITIONS, dtype=np.float32) / _ECHO_DECAY_BLOCKS)[:, None]
        self._covariance: Power = np.zeros((PARTITIONS, bins), np.float32)  # expected squared error of the echo path
        self._near_end: Power = np.zeros(bins, np.float32)  # power of everything that is no echo
        self.reset_uncertainty()

    def predict(self, rendered: Signal) -> Signal:
        """Take the next rendered block; return the echo predicted in the captured block of the same moment."""
        self._rendered[1:] = self._rendered[:-1]
        self._rendered[0] = np.fft.rfft(np.concatenate([self._previous, rendered]))
        self._previous = rendered
        predicted = np.fft.irfft(np.einsum("pk,pk->k", self._rendered, self._echo_path))
        return predicted[self._block :].astype(np.float32)

    def adapt(self, error: Signal, *, frozen: bool = False) -> Power:
        """Adapt to the prediction error; return the expected power of the echo in it, from the error covariance.

        frozen: leave the filter as it is.
        """
        spectrum = np.fft.rfft(np.concatenate([np.zeros_like(error), error]))
        self._near_end += (1 - _NEAR_END_SMOOTHING) * (power_of(spectrum) - self._near_end)
        rendered = power_of(self._rendered)
        # Half of each transform is the previous block.
        residue: Power = 0.5 * np.einsum("pk,pk->k", rendered, self._covariance)
        if frozen:
            return residue
        step = self._covariance / (residue + self._near_end + _SPECTRAL_POWER_FLOOR)
        change = np.fft.irfft(step * self._rendered.conj() * spectrum)
        change[:, self._block :] = 0  # a partition is one block long; the rest is an artefact of circular convolution
        self._echo_path += np.fft.rfft(change)
        self._covariance *= _TRANSITION_FACTOR**2 * np.maximum(1 - 0.5 * step * rendered, 0)
        self._covariance += (1 - _TRANSITION_FACTOR**2) * power_of(self._echo_path)
        return residue

    def reset_history(self) -> None:
        """Drop the rendered audio, after a loss: the next block does not adjoin it."""
        self._rendered[:], self._previous = 0, np.zeros_like(self._previous)

    def reset_uncertainty(self) -> None:
        """Set the error covariance to that of the beginning: the echo path may be another one."""
        self._covariance[:] = _INITIAL_COVARIANCE * self._decay

    def raise_uncertainty(self) -> None:
        """Raise the error covariance, so that a changed echo path is learnt fast."""
        error = _CHANGE_COVARIANCE * power_of(self._echo_path).sum(axis=0) * self._decay
        self._covariance = np.maximum(self._covariance, error)

    def shift_delay(self, frames: float) -> None:
        """Delay the echo path by this many frames; a negative number advances it."""
        response = np.fft.irfft(self._echo_path)[:, : self._block].ravel()
        size = 2 * len(response)  # frames shifted beyond an end are dropped, and do not wrap around
        turn = np.exp(-2j * np.pi * frames * np.fft.rfftfreq(size))
        shifted = np.fft.irfft(np.fft.rfft(response, size) * turn)[: len(response)]
        self._echo_path[:] = np.fft.rfft(shifted.reshape(PARTITIONS, self._block), 2 * self._block)
        self._covariance += _SHIFT_COVARIANCE * min(abs(frames), 1.0) * power_of(self._echo_path)


def power_of(spectrum: Spectrum) -> Power:
    """Squared magnitudes."""
    return spectrum.real**2 + spectrum.imag**2
