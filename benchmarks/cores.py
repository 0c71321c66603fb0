"""The cores of a machine that a benchmark shares with other programs: which it takes, and how long it waits for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HIGHEST_PRIORITY = -20
_GROUP = Path("/proc/self/autogroup")


def go_first() -> None:
    """Have this process, and those that it starts, go before ordinary programs, which still get a little (root only).

    A real-time class would give them nothing.
    """
    os.setpriority(os.PRIO_PROCESS, 0, HIGHEST_PRIORITY)
    if _GROUP.exists():  # then a priority counts within a session of processes only
        os.setsid()
        _GROUP.write_text(str(HIGHEST_PRIORITY))


@contextmanager
def first_cores(count: int) -> Iterator[None]:
    """Have the processes that are started in the block run on the first cores alone.

    They inherit it, so that their libraries know of no other core from the beginning.
    """
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def take_last_core() -> None:
    """Have this process run on the last core alone."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


class WaitClock:
    """Knows for how long the thread that made it was ready to run and had no core."""

    def __init__(self) -> None:
        self._schedstat = os.open("/proc/thread-self/schedstat", os.O_RDONLY)

    def time(self) -> float:
        """Seconds of that so far."""
        return int(os.pread(self._schedstat, 100, 0).split()[1]) / 1e9
