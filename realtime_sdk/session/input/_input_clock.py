"""When the user's audio was captured, by its position: the seconds of audio that were given before it."""

from __future__ import annotations

from collections import deque
from typing import Final

AUDIO_KEPT: Final = 60.0
"""Seconds of audio whose times are kept: a server reports the end of speech within a few."""

TOLERANCE: Final = 0.005
"""Seconds by which a time may be off: devices count evenly, and their clocks drift."""


class InputClock:
    """Maps positions in the user's audio to the wall-clock times at which they were captured.

    `InputPosition` says where a server's count is in that audio; its times are those of the audio, for transcripts.
    """

    def __init__(self) -> None:
        self._anchors: deque[tuple[float, float]] = deque()  # position of audio that does not follow evenly, its time

    def record(self, position: float, at: float) -> None:
        """The audio from this position on was captured from `at` on."""
        expected = self.captured_at(position)
        if expected is None or abs(expected - at) > TOLERANCE:
            self._anchors.append((position, at))
        while len(self._anchors) > 1 and self._anchors[1][0] < position - AUDIO_KEPT:
            self._anchors.popleft()

    def captured_at(self, position: float) -> float | None:
        """When the audio at a position was captured; None: that is not known, or not any more."""
        for start, at in reversed(self._anchors):
            if start <= position:
                return at + position - start
        return None
