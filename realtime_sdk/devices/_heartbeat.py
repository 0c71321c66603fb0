"""Checks that an open output still requests audio."""

from __future__ import annotations

from ..errors import DeviceError
from ._mixer import Mixer
from ._stream import STALL_TIMEOUT_SECONDS

PROBE_INTERVAL_SECONDS = 0.25
"""Seconds between two probes."""

COUNTED_INTERVAL_SECONDS = 0.15
"""Seconds that count at most of those between two checks: in a longer interval this process did not run, nor did its
thread that calls the callback."""


class Heartbeat:
    """Probes a mixer's callback with a silent frame that it has to play."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._checked_at = mixer.time
        self._waited = 0.0  # seconds since the last probe, in which this process ran
        self._probe = mixer.probe()

    def check(self) -> None:
        """Raise `DeviceError` if the callback was not called for a second; to be called often."""
        now = self._mixer.time
        self._waited += min(now - self._checked_at, COUNTED_INTERVAL_SECONDS)
        self._checked_at = now
        if self._waited > PROBE_INTERVAL_SECONDS and self._mixer.ended(self._probe):
            self._waited = 0.0
            self._probe = self._mixer.probe()
        elif self._waited > STALL_TIMEOUT_SECONDS:
            raise DeviceError(f"the sound device {self._mixer.name!r} has stopped playing: it requests no more audio")
