"""Jobs that wait for the writer of a recording, bounded by the bytes that they hold."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from .._runtime import clock
from ._content import Content

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Job(Generic[F]):
    """Something to write into files."""

    run: Callable[[F], None]
    content: Content
    size: int  # bytes that it holds
    since: float  # when it was put, by the machine's clock


class Backlog(Generic[F]):
    """The jobs in order. One thread puts them, another takes them by iterating.

    waits: `put` waits for room instead of refusing a job, as suits a virtual clock, on which hours pass in a second.
    """

    def __init__(self, *, waits: bool) -> None:
        self._waits = waits
        self._jobs: deque[Job[F]] = deque()  # the first may be running
        self._size = 0  # bytes that they hold
        self._ended = False  # no more will come
        self._changed = threading.Condition()

    def put(self, run: Callable[[F], None], content: Content, size: int, limit: int) -> bool:
        """Put a job; False: it is not taken, because more than `limit` bytes wait, or none is taken any more."""
        with self._changed:
            if self._waits:
                self._changed.wait_for(lambda: self._size + size <= limit or not self._jobs or self._ended)
            elif self._size + size > limit:
                return False
            if self._ended:
                return False
            self._jobs.append(Job(run, content, size, clock.machine()))
            self._size += size
            self._changed.notify_all()
            return True

    def end(self) -> None:
        """Take no more jobs: the iteration ends behind the last one."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def lateness(self) -> float:
        """Seconds since the oldest job that is not done was put."""
        with self._changed:
            return clock.machine() - self._jobs[0].since if self._jobs else 0.0

    def __iter__(self) -> Iterator[Job[F]]:
        """Wait for each job; it is done when the next one is asked for."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs) or self._ended)
                if not self._jobs:
                    return
                job = self._jobs[0]
            yield job
            with self._changed:
                self._jobs.popleft()
                self._size -= job.size
                self._changed.notify_all()
