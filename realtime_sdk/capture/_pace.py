"""How many frames a second a microphone gives: at another rate than it was opened at, speech has another pitch."""

from __future__ import annotations

from typing import Final

WINDOW: Final = 5.0
"""Seconds over which the pace is measured."""

GAP: Final = 0.25
"""Seconds without a block after which the measurement begins again."""

TOLERANCE: Final = 0.2
"""Share of its rate by which a pace may be off: the rates of speech, 8, 16, 24 and 48 kHz, lie further apart."""

AGREEMENT: Final = 0.05
"""Share by which two windows may differ: after a stall of this process its blocks come at once, in one window."""

FLOOD: Final = 3.0
"""Multiple of the rate above which two windows need not agree: no device is that fast, but a file read unpaced is."""


class PaceWatch:
    """Finds that a device gives steadily more or fewer frames a second than its rate. rate: in Hz, as it was opened."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._began_at: float | None = None  # time of the block with which this window began; None: there is none
        self._last_at = 0.0  # time of the last block
        self._frames = 0  # after the first block of this window
        self._before: float | None = None  # frames a second in the window before; None: it was right, or had a gap
        self._was_reported = False  # what was found
        self.lead = 0.0
        """Seconds of audio that the device has given ahead of real time."""

    def push(self, frames: int, at: float) -> float | None:
        """Count a block that arrived at `at`; return the frames a second, once, if two windows find them wrong."""
        self.lead = max(0.0, self.lead + self._last_at - at) + frames / self._rate
        pace = self._measured(frames, at)
        self._last_at = at
        if pace is None or self._was_reported:
            return None
        self._was_reported = True
        return pace

    def _measured(self, frames: int, at: float) -> float | None:
        if self._began_at is None or at - self._last_at > GAP:
            self._before = None
            self._begin(at)
            return None
        self._frames += frames
        if at - self._began_at < WINDOW:
            return None
        pace, before = self._frames / (at - self._began_at), self._before
        self._before = pace if abs(pace / self._rate - 1) > TOLERANCE else None
        self._begin(at)
        if before is None or self._before is None:
            return None
        is_flood = min(pace, before) > FLOOD * self._rate
        return pace if is_flood or abs(pace / before - 1) <= AGREEMENT else None

    def _begin(self, at: float) -> None:
        self._began_at = at
        self._frames = 0
