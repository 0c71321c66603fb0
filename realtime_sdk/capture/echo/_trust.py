"""Keeps the microphone shut while the loudspeaker sounds, until the echo's prediction has proven right."""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np

from ._canceller import FRAME
from ._kalman import Sound

AUDIBLE: Final = 1e-6
"""Power of a block from which it is sound, -60 dB of full scale."""

TAIL: Final = 0.3
"""Seconds for which an echo may go on after its sound."""

_RIGHT: Final = 0.1
"""Share of the power of a captured block that a right prediction leaves of it at most, -10 dB."""

_PROOF: Final = 5
"""Blocks predicted so well that are a proof."""

_WRONG: Final = 1.25
"""Times the power of what was captured that only a wrong prediction leaves: it adds an echo where there is none.

Of their differences from frame to frame: in the low sounds of two voices chance makes much look so."""

_SMOOTHING: Final = 0.7
"""How much of their last value the powers that are compared so keep from block to block."""

_LEAST: Final = 3e-8
"""Power of what is left, of such differences, from which it is compared."""


class Belief(Enum):
    """What is thought of the prediction."""

    UNPROVEN = "unproven"
    REFUTED = "refuted"  # and not proven since
    PROVEN = "proven"


LIMITS: Final = {Belief.UNPROVEN: 1.0, Belief.REFUTED: 0.3}
"""Seconds of rendered sound without evidence after which the prediction is believed all the same: there may be no echo
at all, or a user who speaks over it. One that was right before is likely to be so again."""


class Trust:
    """Tells whether what is left of a captured block may be heard.

    While the prediction is not proven, nothing may that is captured as long as the loudspeaker sounds: it works like a
    half-duplex gate. Proof is an echo of which little is left. It is refuted where it adds to what was captured.
    """

    def __init__(self) -> None:
        self._belief = Belief.UNPROVEN
        self._sounds_for = 0.0  # seconds; none: what is captured can't be an echo
        self._waited = 0.0  # seconds of rendered sound since this is believed
        self._proofs = 0
        self._captured = self._left = 0.0  # powers of their differences

    def allows(self, captured: Sound, left: Sound, *, sounds: bool, is_wrong: bool) -> bool:
        """Take a block of what was captured, and what is left of it; say whether that may be heard.

        sounds: the loudspeaker does. is_wrong: the prediction is known to be wrong.
        """
        self._captured += (1 - _SMOOTHING) * (_power(np.diff(captured)) - self._captured)
        self._left += (1 - _SMOOTHING) * (_power(np.diff(left)) - self._left)
        self._sounds_for = TAIL if sounds else self._sounds_for - FRAME
        if is_wrong or self._left > max(_LEAST, _WRONG * self._captured):
            self.refute()
        elif self._belief is not Belief.PROVEN and self._sounds_for > 0:
            self._waited += FRAME
            self._proofs += is_audible(captured) and _power(left) < _RIGHT * _power(captured)
            if self._proofs >= _PROOF or self._waited >= LIMITS[self._belief]:
                self._belief = Belief.PROVEN
        return self._belief is Belief.PROVEN or self._sounds_for <= 0

    def refute(self) -> None:
        """What was proven is not certain any more."""
        if self._belief is Belief.PROVEN:
            self._belief = Belief.REFUTED
        self._waited, self._proofs = 0.0, 0

    def confirm(self) -> None:
        """What was proven is so again."""
        if self._belief is Belief.REFUTED:
            self._belief = Belief.PROVEN


def is_audible(sound: Sound) -> bool:
    """Whether a block is sound."""
    return _power(sound) > AUDIBLE


def _power(sound: Sound) -> float:
    return float(sound @ sound) / sound.size
