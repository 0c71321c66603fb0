"""An adaptive jitter buffer: how long audio is delayed before it is played, so that late audio is still in time.

Audio that comes at `at` and lies behind `position` seconds of its segment is just in time if playout begins at
`at - position`: its *onset*. Audio sent faster than real time has ever earlier onsets; the onsets of audio sent in real
time differ only by the network's jitter. Playout that begins later than the earliest onset by as much as onsets differ
has no underrun: that is how long the prebuffer waits.
"""

from __future__ import annotations

import math
from collections import deque

MIN_DELAY = 0.04
"""Seconds of delay on a network without jitter: a delta's way through this process, and a margin."""

MAX_DELAY = 0.5
"""Seconds of delay at most. A gap that this does not bridge is an outage, which no delay cures."""

MARGIN = 0.02
"""Seconds of delay above what was needed so far: a late turn of the event loop, and a block of the device."""

HALF_LIFE = 30.0
"""Seconds of audio in time after which the delay is halved; audio more than MAX_DELAY ahead of its playout counts as
neither late nor in time."""

STALL_WINDOW = 10.0
"""Seconds within which a second stall counts; a single one may come from starting something."""


class Arrivals:
    """When the audio of one segment came."""

    def __init__(self) -> None:
        self.earliest: float = math.inf  # onset, wall clock, since the segment began or ran dry
        self._first = math.inf  # onset, wall clock, of the first audio since then
        self._is_dry = True  # all audio so far was heard: the next sets the onset
        self._latest = 0.0  # seconds by which the latest was behind the earliest, since last collected
        self._seconds = 0.0  # of audio that could have been late, since last collected

    def record(self, at: float, position: float, seconds: float) -> None:
        """`seconds` of audio came at wall-clock time `at`, behind `position` seconds that had come before."""
        onset = at - position
        # A delta of a fast server may be late by much of its lead and still be early.
        self._latest = max(self._latest, onset - max(self.earliest, self._first - MAX_DELAY))
        if self._is_dry:
            self._is_dry, self._first, self.earliest = False, onset, onset
        if onset > self._first - MAX_DELAY:
            self._seconds += seconds
        self.earliest = min(self.earliest, onset)

    def run_dry(self) -> None:
        """All that came was heard, and more is to come: that delay is not made up for."""
        self._is_dry = True

    def collect(self) -> tuple[float, float]:
        """Return the seconds of audio that could have been late since the last call, and by how many the latest was."""
        collected = self._seconds, self._latest
        self._seconds = self._latest = 0.0
        return collected


class Prebuffer:
    """Waits as long as the network's jitter requires: longer at once when audio comes late, shorter gradually.

    min_delay, max_delay: seconds between which the delay stays; it begins with the minimum.
    """

    def __init__(self, min_delay: float = MIN_DELAY, max_delay: float = MAX_DELAY) -> None:
        self.seconds: float = min_delay  # the delay now
        self._stalls: deque[tuple[float, float]] = deque()  # the wall-clock ends of the last ones, and their seconds
        self._min_delay = min_delay
        self._max_delay = max_delay

    def update(self, arrivals: Arrivals) -> None:
        """Adapt to the arrivals of a segment since the last call."""
        seconds, late = arrivals.collect()
        self.seconds = max(self._min_delay, self.seconds * 0.5 ** (seconds / HALF_LIFE))
        if late > 0.0:
            self._allow_for(late)

    def record_stall(self, seconds: float, at: float) -> None:
        """Adapt to a stall of `seconds` of the process until wall-clock time `at`: no audio was written then."""
        if seconds <= MARGIN:
            return
        self._stalls.append((at, seconds))
        while self._stalls[0][0] < at - STALL_WINDOW:
            self._stalls.popleft()
        if len(self._stalls) > 1:
            self._allow_for(sorted(stall for _, stall in self._stalls)[-2])

    def filled_at(self, arrivals: Arrivals) -> float:
        """The onset, wall clock, from which a dry device may begin."""
        return arrivals.earliest + self.seconds

    def _allow_for(self, late: float) -> None:
        self.seconds = min(max(self.seconds, late + MARGIN), self._max_delay)
