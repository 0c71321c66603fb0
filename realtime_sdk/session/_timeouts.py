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

    expire: handles the timeouts of a part that are due.
    """

    def __init__(self, parts: Sequence[HasDeadline[E_co]], expire: Callable[[HasDeadline[E_co]], None]) -> None:
        self._parts = parts
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None  # None: there is no deadline
        self._due = math.inf  # wall clock at which the timer fires
        self._looking: asyncio.Handle | None = None  # the look at the deadlines in the next turn of the event loop
        self._ended = False
        self._expiring: asyncio.Task[None] | None = None  # which handles what is due

    @property
    def _deadline(self) -> float:
        return min([part.deadline for part in self._parts])

    def set(self) -> None:
        """Deadlines may have changed: look at them in the next turn of the event loop, once for all that changed."""
        if self._looking is None and not self._ended:
            self._looking = asyncio.get_running_loop().call_soon(self._look)

    def end(self) -> None:
        """Handle no more timeouts."""
        self._ended = True
        for handle in (self._looking, self._timer):
            if handle is not None:
                handle.cancel()

    def _look(self) -> None:
        self._looking = None
        self._fire_at(self._deadline)

    def _fire_at(self, due: float, *, after: float = 0.0) -> None:
        """Set the timer, if it is set to a later time, or not set; it does not fire before `after` seconds."""
        if not due < self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + max(after, due - clock.wall()), self._fire)

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
        due = self._deadline
        if not self._ended:
            self._fire_at(due, after=RETRY_PERIOD if due <= at else 0.0)  # what had no effect is not due at once
