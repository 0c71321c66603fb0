"""Detects that the echo path has changed, and by how much its delay has."""

from __future__ import annotations

from collections import deque
from typing import Final, TypeAlias

import numpy as np

from ...audio._pcm import to_frames
from ._blocks import block_frames
from ._kalman import Signal

# benchmarks/echo.py holds the numbers of this module: its scenes with a jump, and its sets with lost audio.

_MISMATCH_COHERENCE: Final = 0.2
"""Squared correlation of the residual with the prediction from which the prediction is wrong for certain. The residual
of a right one is a voice or noise, and correlates no more than by chance."""

_MISMATCH_EXPONENT: Final = 4
"""Power to which the share of that correlation is raised: half of it is nothing yet."""

_COHERENCE_SMOOTHING: Final = 0.81
"""Share of their last value that the powers keep from block to block."""

_MISMATCH_DECAY: Final = 0.81
"""Share of the mismatch that remains from block to block once the prediction is right."""

_SEARCH_MISMATCH: Final = 0.05
"""Mismatch from which the delay is searched for: until 0.3 s after the prediction was right again."""

_SEARCH_WINDOW_BLOCKS: Final = 8
"""Blocks of audio that are correlated."""

_MAX_SHIFT_SECONDS: Final = 0.05
"""Seconds by which the echo may have moved."""

_SEARCH_INTERVAL_BLOCKS: Final = 2
"""Blocks from one search to the next."""

_PEAK_HEIGHT: Final = 0.2
"""Least correlation at the delay that is found."""

_PEAK_RATIO: Final = 2.0
"""Least ratio of it to the correlation at any other delay."""

_PEAK_WIDTH_SECONDS: Final = 0.001
"""Seconds around the peak that are no other delay."""

_MIN_SHIFT_FRAMES: Final = 3
"""Frames below which the filter follows by itself."""

_SEARCH_TIMEOUT_BLOCKS: Final = 25
"""Blocks of rendered audio within which the echo must be found after a loss; else its path is learnt again."""

_POWER_PRODUCT_FLOOR: Final = 1e-15
"""Added to a divisor: a product of two powers, which are below 1e-7 for silence."""


_Powers: TypeAlias = tuple[float, float, float]


class EchoPathChangeDetector:
    """Compares the captured audio with the predicted echo.

    mismatch: 0 to 1. It is 1 while the prediction is wrong, because room, volume or delay changed; then it fades.
    """

    def __init__(self, rate: int) -> None:
        self.mismatch = 0.0
        self._max_shift = to_frames(_MAX_SHIFT_SECONDS, rate)
        self._peak_width = to_frames(_PEAK_WIDTH_SECONDS, rate)
        self._silence: Signal = np.zeros(block_frames(rate), np.float32)
        self._captured = self._silent_window()
        self._echo = self._silent_window()
        self._powers: _Powers = (0.0, 0.0, 0.0)  # of the residual, of the prediction, and their product
        self._blocks = 0  # processed
        self._search_left = 0  # blocks of rendered audio for which the search goes on at any mismatch

    @property
    def is_searching(self) -> bool:
        """Whether audio was lost, and the echo has not been found since."""
        return self._search_left > 0

    def reset(self) -> None:
        """Search for the echo: audio was lost, and its delay may be another one."""
        self.mismatch, self._search_left = 0.0, _SEARCH_TIMEOUT_BLOCKS
        self._captured, self._echo = self._silent_window(), self._silent_window()
        self._powers = (0.0, 0.0, 0.0)

    def update(self, captured: Signal, echo: Signal, *, is_rendering: bool) -> int | None:
        """Take a block of both; return the frames by which the echo comes later, None if no delay is found.

        is_rendering: the loudspeaker is playing.
        """
        self._captured.append(captured)
        self._echo.append(echo)
        error = captured - echo
        powers = float(error @ error), float(echo @ echo), float(error @ echo)
        self._powers = _smoothed(self._powers, powers)
        self.mismatch = max(self._current_mismatch, _MISMATCH_DECAY * self.mismatch)
        self._blocks += 1
        if self.is_searching and is_rendering:
            self._search_left -= 1
        if self._blocks % _SEARCH_INTERVAL_BLOCKS or not (self.is_searching or self.mismatch >= _SEARCH_MISMATCH):
            return None
        shift = self._find_shift()
        if shift is not None:
            self._search_left = 0
        if shift:  # the predictions so far are of another delay
            self._echo, self._powers = self._silent_window(), (0.0, 0.0, 0.0)
        return shift

    def rest(self, blocks: int) -> None:
        """Let a number of blocks without an echo pass."""
        self._blocks += blocks

    @property
    def is_wrong(self) -> bool:
        """Whether the prediction is wrong for certain."""
        return self.mismatch == 1.0

    @property
    def is_harmful(self) -> bool:
        """Whether subtracting the prediction adds power: no voice has that effect."""
        _, echo, product = self._powers
        return self.is_wrong and echo + 2 * product < 0

    @property
    def _current_mismatch(self) -> float:
        error, echo, product = self._powers
        certain = _MISMATCH_COHERENCE * error * echo + _POWER_PRODUCT_FLOOR
        return min((product * product / certain) ** _MISMATCH_EXPONENT, 1.0)

    def _silent_window(self) -> deque[Signal]:
        return deque([self._silence] * _SEARCH_WINDOW_BLOCKS, _SEARCH_WINDOW_BLOCKS)

    def _find_shift(self) -> int | None:
        """Find the delay between capture and prediction by their phase transform (GCC-PHAT); None if it is unclear.

        Both went through the same room, so that the correlation has a single sharp peak.
        """
        signals = np.concatenate(self._captured), np.concatenate(self._echo)
        captured, echo = (np.fft.rfft(signal, 2 * len(signal)) for signal in signals)
        cross = captured * echo.conj()
        correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-9))
        near = np.roll(correlation, self._max_shift)[: 2 * self._max_shift]
        peak = int(near.argmax())
        height = near[peak]
        near[max(peak - self._peak_width, 0) : peak + self._peak_width + 1] = 0
        if height < max(_PEAK_HEIGHT, _PEAK_RATIO * np.abs(near).max()):
            return None
        shift = peak - self._max_shift
        return shift if abs(shift) >= _MIN_SHIFT_FRAMES else 0


def _smoothed(smoothed: _Powers, powers: _Powers) -> _Powers:
    """Move the smoothed powers towards those of a block: as floats, for an array of three costs more than it saves."""
    kept, added = _COHERENCE_SMOOTHING, 1 - _COHERENCE_SMOOTHING
    return (
        kept * smoothed[0] + added * powers[0],
        kept * smoothed[1] + added * powers[1],
        kept * smoothed[2] + added * powers[2],
    )
