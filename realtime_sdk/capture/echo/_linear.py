"""The default echo canceller: an adaptive filter, and a suppressor for the residual echo."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from ...audio._pcm import Pcm, to_pcm, to_samples
from ._blocks import block_frames, check_block
from ._convergence_gate import ConvergenceGate, is_audible
from ._drift import DriftTracker
from ._high_pass import HighPass
from ._kalman import KalmanFilter, Signal
from ._path_change import EchoPathChangeDetector
from ._suppressor import ResidualEchoSuppressor

REST_BLOCKS: Final = 50
"""Blocks of rendered silence after which no echo is left in the room, nor in the canceller: it is at rest then."""

WARM_UP_BLOCKS: Final = 12
"""Blocks that it processes before the first one after a rest, so that its averages are those of the present."""


class LinearCanceller:
    """An `EchoCanceller` that learns the echo path and subtracts the echo that it predicts.

    It subtracts only the loudspeaker's audio, so that a user who speaks over a loud reply keeps their voice. It models
    echoes of up to 320 ms, follows a delay that jumps within some 0.2 s and clocks that drift, and takes about 2 % of a
    core; next to nothing while the loudspeaker is silent.

    high_pass: remove frequencies below every voice, such as hum. noise_suppression: remove stationary noise, such as a
    fan's.
    """

    runs_on_loop: Final = True

    def __init__(self, rate: int, *, high_pass: bool = False, noise_suppression: bool = False) -> None:
        block = block_frames(rate)
        self._rate = rate
        self._high_pass = HighPass(rate, block) if high_pass else None
        self._filter = KalmanFilter(block)
        self._drift = DriftTracker(block)
        self._path_change = EchoPathChangeDetector(rate)
        self._gate = ConvergenceGate()
        self._suppressor = ResidualEchoSuppressor(block, noise_suppression=noise_suppression)
        self._rests = not noise_suppression  # noise is suppressed in silence, too
        self._silence: Signal = np.zeros(block, np.float32)
        self._silent_blocks = 0  # rendered since the last audio
        self._recent = deque([self._silence], WARM_UP_BLOCKS + 1)  # captured blocks, the newest last

    @property
    def delay(self) -> float:
        """Half a block: spectra overlap."""
        return self._suppressor.delay / self._rate

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        check_block(captured, rendered, self._rate)
        near: Signal = to_samples(captured)
        if self._high_pass is not None:
            near = self._high_pass.process(near)
        self._recent.append(near)
        if rendered.any():
            self._wake()
        else:
            self._silent_blocks += 1
        if self._rests and self._silent_blocks > REST_BLOCKS:
            late = self._suppressor.delay
            return to_pcm(np.concatenate([self._recent[-2][-late:], self._recent[-1][:-late]]))  # as always
        return to_pcm(self._cancel(near, to_samples(rendered)))

    def _wake(self) -> None:
        """There may be an echo again: continue after a rest, if there was one."""
        rested, self._silent_blocks = self._silent_blocks - REST_BLOCKS, 0
        if not self._rests or rested <= 0:
            return
        warm_up = min(rested, WARM_UP_BLOCKS)
        skipped = rested - warm_up
        self._path_change.rest(skipped)
        if not self._path_change.is_searching:
            self._filter.rest(skipped)
            if drifted := self._drift.rest(skipped):
                self._filter.shift_delay(drifted)
        for near in list(self._recent)[-1 - warm_up : -1]:
            self._cancel(near, self._silence)

    def _cancel(self, near: Signal, far: Signal) -> Signal:
        """Return the user's part of a block, late by `delay`."""
        echo, residue = self._filter.process(near, far, frozen=self._path_change.is_searching)
        error: Signal = near - echo
        is_rendering, was_searching = is_audible(far), self._path_change.is_searching
        shift = self._path_change.update(near, echo, is_rendering=is_rendering)
        if shift is not None:
            self._gate.restore()
        elif was_searching and not self._path_change.is_searching:  # the search has timed out
            self._filter.reset_uncertainty()
        is_open = self._gate.update(near, error, is_rendering=is_rendering, is_wrong=self._path_change.is_wrong)
        mismatch = self._path_change.mismatch
        cleaned = self._suppressor.process(error, echo, residue, mismatch, is_shut=not is_open)
        self._follow(shift, error, echo)
        return cleaned

    def _follow(self, shift: int | None, error: Signal, echo: Signal) -> None:
        """Follow an echo path that was delayed, has changed, or drifts."""
        if shift:
            self._filter.shift_delay(shift)
        elif self._path_change.is_searching:
            return
        elif self._path_change.is_harmful:
            self._filter.raise_uncertainty()
        elif not self._path_change.is_wrong and (drifted := self._drift.update(error, echo)):
            self._filter.shift_delay(drifted)

    def reset(self) -> None:
        """Take the delay of the echo for unknown, and search for it; the echo path itself is kept."""
        self._filter.reset_history()
        self._path_change.reset()
        self._gate.mark_lost()
