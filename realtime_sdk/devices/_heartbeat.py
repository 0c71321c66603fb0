"""Checks that an open output still requests audio."""

from __future__ import annotations

from ..errors import DeviceError
from ._mixer import Mixer
from ._stream import STALL_TIMEOUT_SECONDS

PROBE_INTERVAL_SECONDS = 0.25
"""Seconds between two probes."""


class Heartbeat:
    """Probes a mixer's callback with a silent frame that it has to play."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._probed_at = mixer.time
        self._probe = mixer.probe()

    def check(self) -> None:
        """Raise `DeviceError` if the callback was not called for a second; to be called often."""
        waited = self._mixer.time - self._probed_at
        if waited > PROBE_INTERVAL_SECONDS and self._mixer.ended(self._probe):
            self._probed_at = self._mixer.time
            self._probe = self._mixer.probe()
        elif waited > STALL_TIMEOUT_SECONDS:
            raise DeviceError(f"the sound device {self._mixer.name!r} has stopped playing: it requests no more audio")
