"""When the user's audio was captured, by its place in what the server was sent."""

from __future__ import annotations

from collections import deque
from typing import Final

AUDIO_KEPT: Final = 60.0
"""Seconds of audio whose times are kept: a server reports the end of speech within a few."""

TOLERANCE: Final = 0.005
"""Seconds by which a time may be off: devices count evenly, and their clocks drift."""


class InputClock:
    """Maps places in the audio that was sent, counted from its end, to the wall-clock time of their capture."""

    def __init__(self, bytes_per_second: float) -> None:
        self.bytes_per_second = bytes_per_second
        self._sent = 0  # bytes
        self._anchors: deque[tuple[int, float]] = deque()  # bytes before audio that does not follow evenly, its time

    def record(self, size: int, at: float) -> None:
        """Audio is sent whose first frame was captured at `at`."""
        expected = self._time_of(self._sent)
        if expected is None or abs(expected - at) > TOLERANCE:
            self._anchors.append((self._sent, at))
        self._sent += size
        while len(self._anchors) > 1 and self._anchors[1][0] < self._sent - AUDIO_KEPT * self.bytes_per_second:
            self._anchors.popleft()

    def captured_at(self, before_end: float) -> float | None:
        """When the place was captured that has so many bytes behind it; None: that is not known any more."""
        return self._time_of(self._sent - before_end) if before_end >= 0 else None

    def _time_of(self, place: float) -> float | None:
        for start, at in reversed(self._anchors):
            if start <= place:
                return at + (place - start) / self.bytes_per_second
        return None
