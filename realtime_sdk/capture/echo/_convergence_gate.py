"""Mutes the microphone while the loudspeaker plays, until the adaptive filter has converged."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ._canceller import ECHO_BLOCK_SECONDS
from ._kalman import Signal

# benchmarks/echo.py holds the numbers of this module.

AUDIBLE_POWER: Final = 1e-6
"""Power of a block from which it is audible, -60 dB of full scale."""

ECHO_TAIL_SECONDS: Final = 0.3
"""Seconds for which an echo may go on after its audio."""

_CONVERGED_RESIDUE: Final = 0.1
"""Share of a captured block's power that a converged filter leaves at most, -10 dB."""

_CONVERGED_BLOCKS: Final = 3
"""Blocks with so little residue that prove convergence."""

_DIVERGED_GAIN: Final = 1.25
"""Ratio of the residual's power to the captured power that only a diverged filter reaches: it adds an echo.

Of the differences from frame to frame: in the low frequencies of two voices chance has the same effect."""

_DIFFERENCE_SMOOTHING: Final = 0.49
"""Share of their last value that these powers keep from block to block."""

_DIFFERENCE_POWER_FLOOR: Final = 3e-8
"""Power of the residual's differences below which nothing is concluded."""


class Convergence(Enum):
    """The state of the filter."""

    UNKNOWN = "unknown"
    LOST = "lost"  # it had converged, and has not done so again
    REACHED = "reached"


OPENING_SECONDS: Final = {Convergence.UNKNOWN: 1.0, Convergence.LOST: 0.3}
"""Seconds of rendered audio without evidence after which the gate opens all the same: there may be no echo at all, or a
user who speaks over it. A filter that had converged is likely to be right."""


class ConvergenceGate:
    """Decides whether the residual of a captured block may be passed on.

    Until the filter has converged, it acts as a half-duplex gate. An echo that is nearly gone proves convergence;
    a residual that is louder than the captured audio refutes it.
    """

    def __init__(self) -> None:
        self._convergence = Convergence.UNKNOWN
        self._tail = 0.0  # seconds for which there may still be an echo
        self._waited = 0.0  # seconds of rendered audio since convergence was lost, or since the beginning
        self._converged_blocks = 0
        self._captured = self._error = 0.0  # powers of their differences

    def update(self, captured: Signal, error: Signal, *, is_rendering: bool, is_wrong: bool) -> bool:
        """Take a block of the captured audio and of its residual; return whether the residual may be passed on.

        is_rendering: the loudspeaker is playing. is_wrong: the prediction is known to be wrong.
        """
        self._captured += (1 - _DIFFERENCE_SMOOTHING) * (_power(captured[1:] - captured[:-1]) - self._captured)
        self._error += (1 - _DIFFERENCE_SMOOTHING) * (_power(error[1:] - error[:-1]) - self._error)
        self._tail = ECHO_TAIL_SECONDS if is_rendering else self._tail - ECHO_BLOCK_SECONDS
        if is_wrong or self._error > max(_DIFFERENCE_POWER_FLOOR, _DIVERGED_GAIN * self._captured):
            self.mark_lost()
        elif self._convergence is not Convergence.REACHED and self._tail > 0:
            self._waited += ECHO_BLOCK_SECONDS
            self._converged_blocks += is_audible(captured) and _power(error) < _CONVERGED_RESIDUE * _power(captured)
            if self._converged_blocks >= _CONVERGED_BLOCKS or self._waited >= OPENING_SECONDS[self._convergence]:
                self._convergence = Convergence.REACHED
        return self._convergence is Convergence.REACHED or self._tail <= 0

    def mark_lost(self) -> None:
        """Require new proof of convergence."""
        if self._convergence is Convergence.REACHED:
            self._convergence = Convergence.LOST
        self._waited, self._converged_blocks = 0.0, 0

    def restore(self) -> None:
        """Take a filter that had converged to be right again: its echo was found."""
        if self._convergence is Convergence.LOST:
            self._convergence = Convergence.REACHED


def is_audible(block: Signal) -> bool:
    """Whether a block is more than silence."""
    return _power(block) > AUDIBLE_POWER


def _power(block: Signal) -> float:
    return float(block @ block) / block.size
