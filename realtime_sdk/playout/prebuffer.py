"""How much sound has to be there before a device that ran dry is fed again."""

from __future__ import annotations

from ..audio import to_frames
from .segment import Segment

PREBUFFER = 0.12
"""Seconds. Network jitter of a reply that arrives faster than it plays stays below it."""


class Prebuffer:
    """Holds the beginning of sound back until enough of it has come to play on without a gap."""

    def __init__(self, seconds: float = PREBUFFER) -> None:
        self.seconds = seconds

    def enough(self, segment: Segment) -> bool:
        """Whether a dry device may start with this segment before all of it has come."""
        return segment.pending >= to_frames(self.seconds, segment.rate)
