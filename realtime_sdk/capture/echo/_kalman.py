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
        self._history = _History(bins)
        self._previous: Signal = np.zeros(block, np.float32)  # rendered block
        self._padded: Signal = np.zeros(2 * block, np.float32)  # what is transformed
        self._echo_path: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)
        self._decay: Power = np.exp(-np.arange(PARTITIONS, dtype=np.float32) / _ECHO_DECAY_BLOCKS)[:, None]
        self._covariance: Power = np.zeros((PARTITIONS, bins), np.float32)  # expected squared error of the echo path
        self._near_end: Power = np.zeros(bins, np.float32)  # power of everything that is no echo
        self._step: Power = np.zeros((PARTITIONS, bins), np.float32)  # reused for each block
        self._change: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)  # reused for each block
        self.reset_uncertainty()

    def predict(self, rendered: Signal) -> Signal:
        """Take the next rendered block; return the echo predicted in the captured block of the same moment."""
        self._padded[: self._block], self._padded[self._block :] = self._previous, rendered
        self._history.push(np.fft.rfft(self._padded))
        self._previous = rendered
        np.multiply(self._history.spectra, self._echo_path, out=self._change)
        predicted: Signal = np.fft.irfft(self._change.sum(axis=0))[self._block :]
        return predicted

    def adapt(self, error: Signal, *, frozen: bool = False) -> Power:
        """Adapt to the prediction error; return the expected power of the echo in it, from the error covariance.

        frozen: leave the filter as it is.
        """
        self._padded[: self._block], self._padded[self._block :] = 0, error
        spectrum = np.fft.rfft(self._padded)
        self._near_end += (1 - _NEAR_END_SMOOTHING) * (power_of(spectrum) - self._near_end)
        rendered, step = self._history.powers, self._step
        # Half of each transform is the previous block.
        residue: Power = 0.5 * np.multiply(rendered, self._covariance, out=step).sum(axis=0)
        if frozen:
            return residue
        # In place, as new arrays would take as long as the arithmetic:
        # step = covariance / (residue + near end)
        # echo path += constrained(step · conj(rendered) · error)
        # covariance = a² · max(1 - step · |rendered|² / 2, 0) · covariance + (1 - a²) · |echo path|²
        np.divide(self._covariance, residue + self._near_end + _SPECTRAL_POWER_FLOOR, out=step)
        np.multiply(self._history.spectra, spectrum.conj(), out=self._change)
        self._change *= step
        change = np.fft.irfft(np.conj(self._change, out=self._change), norm="ortho")
        change[:, self._block :] = 0  # a partition is one block long; the rest is an artefact of circular convolution
        self._echo_path += np.fft.rfft(change, norm="ortho")
        step *= rendered
        step *= np.float32(-0.5 * _TRANSITION_FACTOR**2)
        step += np.float32(_TRANSITION_FACTOR**2)
        self._covariance *= np.maximum(step, 0, out=step)
        self._covariance += np.multiply(power_of(self._echo_path), np.float32(1 - _TRANSITION_FACTOR**2), out=step)
        return residue

    def rest(self, blocks: int) -> None:
        """Take some blocks of silence on both sides, once all rendered audio is silence: only certainty fades."""
        kept = _TRANSITION_FACTOR ** (2 * blocks)
        self._covariance *= np.float32(kept)
        self._covariance += np.float32(1 - kept) * power_of(self._echo_path)

    def reset_history(self) -> None:
        """Drop the rendered audio, after a loss: the next block does not adjoin it."""
        self._history.clear()
        self._previous = np.zeros_like(self._previous)

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


class _History:
    """The spectra of the last rendered blocks, the newest first, and their powers.

    They lie in memory for twice as many, at the front of which there is room for the next ones: so they are moved once
    in a while, and not for each block.
    """

    def __init__(self, bins: int) -> None:
        self._all: Spectrum = np.zeros((2 * PARTITIONS, bins), np.complex64)
        self._all_powers: Power = np.zeros((2 * PARTITIONS, bins), np.float32)
        self._newest = PARTITIONS

    @property
    def spectra(self) -> Spectrum:
        """Shape (PARTITIONS, bins)."""
        return self._all[self._newest : self._newest + PARTITIONS]

    @property
    def powers(self) -> Power:
        """The powers of the spectra."""
        return self._all_powers[self._newest : self._newest + PARTITIONS]

    def push(self, spectrum: Spectrum) -> None:
        """Add a spectrum, and drop the oldest."""
        if self._newest == 0:
            self._all[PARTITIONS:] = self._all[:PARTITIONS]
            self._all_powers[PARTITIONS:] = self._all_powers[:PARTITIONS]
            self._newest = PARTITIONS
        self._newest -= 1
        self._all[self._newest] = spectrum
        self._all_powers[self._newest] = power_of(spectrum)

    def clear(self) -> None:
        """Take all of them for silence."""
        self._all[:], self._all_powers[:] = 0, 0


def power_of(spectrum: Spectrum) -> Power:
    """Squared magnitudes."""
    return spectrum.real**2 + spectrum.imag**2
