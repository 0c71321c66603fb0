"""Timeouts of the parts of a session, such as its engine, on one timer of the event loop."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from .._runtime import clock

RETRY_PERIOD: Final = 0.1
"""Seconds until a timeout that had no effect is handled again."""


E_co = TypeVar("E_co", covariant=True)  # the effects of a timeout


class HasDeadline(Protocol[E_co]):
    """A part of the session that has a deadline."""

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        ...

    def expire(self, at: float) -> E_co:
        """Handle the timeouts that are due."""
        ...


class DeadlineTimer(Generic[E_co]):
    """One timer of the event loop for all deadlines.

    expire: handles the timeouts of a part that are due; applying their effects sets the timer again.
    """

    def __init__(self, parts: Sequence[HasDeadline[E_co]], expire: Callable[[HasDeadline[E_co]], None]) -> None:
        self._parts = parts
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None  # None: there is no deadline
        self._due = math.inf  # wall clock at which the timer fires
        self._ended = False
        self._expiring: asyncio.Task[None] | None = None  # which handles what is due

    @property
    def _deadline(self) -> float:
        return min([part.deadline for part in self._parts])

    def set(self, *, after: float = 0.0) -> None:
        """Set the timer to the next deadline, if it is earlier than the one that it is set to; not before `after` s."""
        due = self._deadline
        if self._ended or not due < self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + max(after, due - clock.wall()), self._fire)

    def end(self) -> None:
        """Handle no more timeouts."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        # In a task, as the effects may start others: where sniffio is installed, anyio starts none outside of one.
        self._expiring = asyncio.get_running_loop().create_task(self._handle())

    async def _handle(self) -> None:
        if self._ended:
            return
        at = clock.wall()
        self._timer, self._due = None, math.inf
        for part in self._parts:
            self._expire(part)
        self._due = math.inf  # applying the effects has set the timer, also for what had no effect
        self.set(after=RETRY_PERIOD if self._deadline <= at else 0.0)
