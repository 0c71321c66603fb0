"""Whether an open output still asks for sound."""

from __future__ import annotations

from ..errors import DeviceError
from ._mixer import Mixer
from ._stream import STALL

PERIOD = 0.25
"""Seconds between two questions to the callback."""


class Heartbeat:
    """Asks a mixer's callback for a sign of life: a silent frame that it has to play."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._asked_at = mixer.time
        self._probe = mixer.probe()

    def check(self) -> None:
        """Raise `DeviceError` if the callback has not come for a second; to be called often."""
        waited = self._mixer.time - self._asked_at
        if waited > PERIOD and self._mixer.ended(self._probe):
            self._asked_at = self._mixer.time
            self._probe = self._mixer.probe()
        elif waited > STALL:
            raise DeviceError(f"the sound device {self._mixer.name!r} has stopped playing: it asks for no more sound")
