"""How long sound is held back before it is played, so that what comes late is still in time.

Sound that comes at `at` and lies behind `position` seconds of its segment is just in time if playing begins at
`at - position`: its *onset*. Sound sent faster than it plays has ever earlier onsets; the onsets of sound sent at its
own pace differ by the network's jitter alone. Playing that begins later than the earliest onset by as much as onsets
differ misses nothing: that is how long the prebuffer waits.
"""

from __future__ import annotations

import math
from collections import deque

LEAST = 0.04
"""Seconds that are waited on a network of which nothing bad is known: a delta's way through this process, and some."""

LIMIT = 0.5
"""Seconds that are waited at most. A gap that this does not bridge is an outage, and waiting is no cure for it."""

MARGIN = 0.02
"""Seconds that are waited above what was needed so far: a look of the sink, and a block of the device."""

HALF_LIFE = 30.0
"""Seconds of sound that come in time after which the network is trusted twice as much; sound that comes more than LIMIT
ahead of the ear says nothing about it."""


AGAIN = 10.0
"""Seconds within which a process that was held up twice is held up again; once is what starting something costs."""


class Arrivals:
    """When the sound of one segment came."""

    def __init__(self) -> None:
        self.earliest: float = math.inf  # onset, wall clock, since the segment began or ran dry
        self._first = math.inf  # onset, wall clock, of the first sound since then
        self._is_dry = True  # all that came was heard: what comes next begins anew
        self._latest = 0.0  # seconds by which sound was behind the earliest, since last collected
        self._seconds = 0.0  # of sound that could have been late for the ear, since last collected

    def note(self, at: float, position: float, seconds: float) -> None:
        """`seconds` of sound came at wall-clock time `at`, behind `position` seconds that had come before."""
        onset = at - position
        # A delta of a fast server may be late by much of its lead and still be early.
        self._latest = max(self._latest, onset - max(self.earliest, self._first - LIMIT))
        if self._is_dry:
            self._is_dry, self._first, self.earliest = False, onset, onset
        if onset > self._first - LIMIT:
            self._seconds += seconds
        self.earliest = min(self.earliest, onset)

    def run_dry(self) -> None:
        """All that came was heard, and more is to come: the server or the network has lost time for good."""
        self._is_dry = True

    def collect(self) -> tuple[float, float]:
        """Give the seconds of sound that could have been late since the last call, and by how many the latest was."""
        collected = self._seconds, self._latest
        self._seconds = self._latest = 0.0
        return collected


class Prebuffer:
    """Waits as long as the network's jitter asks for: longer at once when sound comes late, shorter bit by bit.

    least, limit: seconds between which it stays; it begins with the least.
    """

    def __init__(self, least: float = LEAST, limit: float = LIMIT) -> None:
        self.seconds = least  # what is waited now
        self._stalls: deque[tuple[float, float]] = deque()  # the wall-clock ends of the last ones, and their seconds
        self._least = least
        self._limit = limit

    def follow(self, arrivals: Arrivals) -> None:
        """Learn from the sound of a segment that has come since the last time."""
        seconds, late = arrivals.collect()
        trusted = self.seconds * 0.5 ** (seconds / HALF_LIFE)
        self.seconds = max(self._least, trusted)
        if late > 0.0:
            self._allow_for(late)

    def stalled(self, seconds: float, at: float) -> None:
        """Learn that the process was held up for so long until wall-clock time `at`: sound can't be written then."""
        if seconds <= MARGIN:
            return
        self._stalls.append((at, seconds))
        while self._stalls[0][0] < at - AGAIN:
            self._stalls.popleft()
        if len(self._stalls) > 1:
            self._allow_for(sorted(stall for _, stall in self._stalls)[-2])

    def enough(self, arrivals: Arrivals, onset: float) -> bool:
        """Whether a dry device may begin now, which is as if the segment had begun at wall-clock time `onset`."""
        return onset >= arrivals.earliest + self.seconds

    def _allow_for(self, late: float) -> None:
        self.seconds = min(max(self.seconds, late + MARGIN), self._limit)
