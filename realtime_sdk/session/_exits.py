"""Exits by time: what waits for the server, or for silence, does not wait for ever."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from .._runtime import clock
from ..conversation._effects import Effects

RETRY_PERIOD: Final = 0.1
"""Seconds until an exit by time is tried once more that could not be taken."""


class Timed(Protocol):
    """What has an exit by time."""

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` has something to do; infinity: at none."""
        ...

    def expire(self, at: float) -> Effects:
        """Take the exits that are due."""
        ...


class ExitTimer:
    """One timer of the event loop for all exits by time."""

    def __init__(self, timed: Sequence[Timed], expire: Callable[[Timed], None]) -> None:
        self._timed = timed
        self._expire = expire  # has one of them take its exit
        self._timer: asyncio.TimerHandle | None = None  # None: nothing has an exit by time
        self._due = math.inf  # wall clock at which the timer fires
        self._ended = False

    @property
    def _deadline(self) -> float:
        return min(timed.deadline for timed in self._timed)

    def set(self, *, after: float = 0.0) -> None:
        """Have the next exit taken, if it comes earlier than the one that the timer is set to; not before `after` s."""
        due = self._deadline
        if self._ended or not due < self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + max(after, due - clock.wall()), self._fire)

    def end(self) -> None:
        """Take no exit any more."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        at = clock.wall()
        self._timer, self._due = None, math.inf
        for timed in self._timed:
            self._expire(timed)
        self._due = math.inf  # what was applied has set the timer for what could not be taken, too
        self.set(after=RETRY_PERIOD if self._deadline <= at else 0.0)
