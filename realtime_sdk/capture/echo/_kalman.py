"""An adaptive filter that learns the echo path from the loudspeaker to the microphone."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Signal: TypeAlias = npt.NDArray[np.floating[Any]]
"""Audio of shape (frames,), full scale 1.0; single precision is enough."""

Spectrum: TypeAlias = npt.NDArray[np.complexfloating[Any, Any]]
"""Of one zero-padded block, or of several: shape (block + 1,) or (blocks, block + 1)."""

Power: TypeAlias = npt.NDArray[np.floating[Any]]
"""Squared magnitudes of a `Spectrum`."""

# benchmarks/echo.py holds the numbers of this module.

PARTITIONS: Final = 32
"""Half blocks of the modelled impulse response, an even number."""

_EARLY_PARTITIONS: Final = 8
"""Partitions that are constrained with each half block: most echoes come within 80 ms. The others are once a block."""

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

    block: frames processed at a time, an even number. Partitions last half as long, and the filter adapts to each half,
    as it learns half as fast from whole blocks.
    """

    def __init__(self, block: int) -> None:
        self._half = half = block // 2
        bins = half + 1
        self._history = _History(bins)
        self._rendered: Signal = np.zeros(3 * half, np.float32)  # the last half block, and the present block
        self._adjoining = sliding_window_view(self._rendered, 2 * half)[::half]  # each half, after the one before it
        self._padded: Signal = np.zeros(2 * half, np.float32)  # silence, and the error in a half
        self._echo_path: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)
        self._decay: Power = np.exp(-np.arange(PARTITIONS, dtype=np.float32) / _ECHO_DECAY_BLOCKS)[:, None]
        self._covariance: Power = np.zeros((PARTITIONS, bins), np.float32)  # expected squared error of the echo path
        self._near_end: Power = np.zeros(bins, np.float32)  # power of everything that is no echo
        self._shares: Power = np.zeros((PARTITIONS, bins), np.float32)  # reused for each half
        self._change: Spectrum = np.zeros((PARTITIONS, bins), np.complex64)  # reused for each half
        self.reset_uncertainty()

    def process(self, captured: Signal, rendered: Signal, *, frozen: bool = False) -> tuple[Signal, Power]:
        """Take a block of both; return the echo predicted in `captured`, and the expected power of the echo left in it.

        That power is computed from the error covariance. frozen: leave the filter as it is.
        """
        half = self._half
        self._rendered[:half] = self._rendered[2 * half :]
        self._rendered[half:] = rendered
        self._history.push(np.fft.rfft(self._adjoining))
        echo: Signal = np.empty_like(captured)
        residue: Power = np.zeros_like(self._near_end)
        for age, frames, constrained in ((1, slice(None, half), _EARLY_PARTITIONS), (0, slice(half, None), PARTITIONS)):
            echo[frames] = self._predict(age)
            residue += self._adapt(age, captured[frames] - echo[frames], frozen=frozen)
            if not frozen:
                self._constrain(constrained)
        if not frozen:
            self._fade(1)
        return echo, residue

    def _predict(self, age: int) -> Signal:
        """Predict the echo in the half block before the last `age` ones."""
        np.multiply(self._history.spectra(age), self._echo_path, out=self._change)
        predicted: Signal = np.fft.irfft(self._change.sum(axis=0))[self._half :]
        return predicted

    def _adapt(self, age: int, error: Signal, *, frozen: bool) -> Power:
        """Adapt to the error of that prediction; return the expected power of the echo in it."""
        self._padded[self._half :] = error
        spectrum = np.fft.rfft(self._padded)
        self._near_end += (1 - _NEAR_END_SMOOTHING) * (power_of(spectrum) - self._near_end)
        shares = np.multiply(self._history.powers(age), self._covariance, out=self._shares)
        # Half of each transform is the half block before.
        residue: Power = 0.5 * shares.sum(axis=0)
        if frozen:
            return residue
        # In place, as new arrays would take as long as the arithmetic:
        # echo path += covariance · conj(rendered) · error / (residue + near end)
        # covariance = a² · max(1 - covariance · |rendered|² / (residue + near end) / 2, 0) · covariance
        total = residue + self._near_end + _SPECTRAL_POWER_FLOOR
        change = np.conj(self._history.spectra(age), out=self._change)
        change *= spectrum / total
        change *= self._covariance
        self._echo_path += change
        shares *= np.float32(-0.5 * _TRANSITION_FACTOR**2) / total
        shares += np.float32(_TRANSITION_FACTOR**2)
        self._covariance *= np.maximum(shares, 0, out=shares)
        return residue

    def _constrain(self, partitions: int) -> None:
        """Cut the first partitions to their length: what was added beyond it is an artefact of circular convolution."""
        response = np.fft.irfft(self._echo_path[:partitions], norm="ortho")  # in single precision, as it is a number
        response[:, self._half :] = 0
        self._echo_path[:partitions] = np.fft.rfft(response, norm="ortho")

    def _fade(self, blocks: int) -> None:
        """Raise the error covariance, by (1 - a²) · |echo path|² for each half block."""
        uncertain = power_of(self._echo_path)
        uncertain *= np.float32(1 - _TRANSITION_FACTOR ** (4 * blocks))
        self._covariance += uncertain

    def rest(self, blocks: int) -> None:
        """Take some blocks of silence on both sides, once all rendered audio is silence: only certainty fades."""
        self._covariance *= np.float32(_TRANSITION_FACTOR ** (4 * blocks))
        self._fade(blocks)

    def reset_history(self) -> None:
        """Drop the rendered audio, after a loss: the next block does not adjoin it."""
        self._history.clear()
        self._rendered[:] = 0

    def reset_uncertainty(self) -> None:
        """Set the error covariance to that of the beginning: the echo path may be another one."""
        self._covariance[:] = _INITIAL_COVARIANCE * self._decay

    def raise_uncertainty(self) -> None:
        """Raise the error covariance, so that a changed echo path is learnt fast."""
        error = _CHANGE_COVARIANCE * power_of(self._echo_path).sum(axis=0) * self._decay
        self._covariance = np.maximum(self._covariance, error)

    def shift_delay(self, frames: float) -> None:
        """Delay the echo path by this many frames, fewer than it has; a negative number advances it."""
        response = np.fft.irfft(self._echo_path)[:, : self._half].ravel()
        whole = round(frames)
        kept = response.size - abs(whole)  # the others are shifted beyond an end, and dropped
        size = 1 << response.size.bit_length()  # with silence behind it, in which the fraction of a frame wraps around
        moved: Signal = np.zeros(size, np.float32)
        moved[max(whole, 0) :][:kept] = response[max(-whole, 0) :][:kept]
        angles = (2 * np.pi * (frames - whole) * np.fft.rfftfreq(size)).astype(np.float32)
        turn = np.cos(angles) - 1j * np.sin(angles)  # in a tenth of the time of a complex exponential
        moved = np.fft.irfft(np.fft.rfft(moved) * turn)[: response.size]
        self._echo_path[:] = np.fft.rfft(moved.reshape(PARTITIONS, self._half), 2 * self._half)
        self._covariance += _SHIFT_COVARIANCE * min(abs(frames), 1.0) * power_of(self._echo_path)


class _History:
    """The spectra of the last rendered half blocks, the newest first, and their powers.

    They lie in memory for twice as many, at the front of which there is room for the next ones: so they are moved once
    in a while, and not for each block.
    """

    def __init__(self, bins: int) -> None:
        self._all: Spectrum = np.zeros((2 * PARTITIONS, bins), np.complex64)
        self._all_powers: Power = np.zeros((2 * PARTITIONS, bins), np.float32)
        self._newest = PARTITIONS

    def spectra(self, age: int) -> Spectrum:
        """Those before the last `age`: shape (PARTITIONS, bins)."""
        newest = self._newest + age
        return self._all[newest : newest + PARTITIONS]

    def powers(self, age: int) -> Power:
        """The powers of those."""
        newest = self._newest + age
        return self._all_powers[newest : newest + PARTITIONS]

    def push(self, spectra: Spectrum) -> None:
        """Add the spectra of a block's halves, and drop the oldest."""
        if self._newest == 0:
            self._all[PARTITIONS:] = self._all[:PARTITIONS]
            self._all_powers[PARTITIONS:] = self._all_powers[:PARTITIONS]
            self._newest = PARTITIONS
        self._newest -= 2
        added = slice(self._newest, self._newest + 2)
        self._all[added] = spectra[::-1]
        self._all_powers[added] = power_of(self._all[added])

    def clear(self) -> None:
        """Take all of them for silence."""
        self._all[:], self._all_powers[:] = 0, 0


def power_of(spectrum: Spectrum) -> Power:
    """Squared magnitudes."""
    return spectrum.real**2 + spectrum.imag**2
