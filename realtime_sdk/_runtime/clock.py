"""The one module that reads time; a virtual loop makes all of it virtual.

Durations use the loop's clock. Wall-clock times, for people and files, are the loop's clock plus an offset taken
once, so that they never jump while a session runs. A loop with its own `epoch` (the virtual clock of
`realtime_sdk.testing`) provides it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

_EPOCH = time.time() - time.monotonic()
"""Offset from the monotonic clock, which asyncio's loops use, to seconds since the Unix epoch."""


def now() -> float:
    """Seconds on the running loop's monotonic clock."""
    return asyncio.get_running_loop().time()


def machine() -> float:
    """Seconds on the machine's own clock, in any thread: for what a disk does, also while the loop's is virtual."""
    return time.monotonic()


def machine_wall() -> float:
    """Seconds since the Unix epoch on the machine's own clock, in any thread: for the dates of other machines."""
    return time.time()


def is_virtual() -> bool:
    """Whether the running loop's clock is not the machine's: hours may pass on it in a second."""
    return hasattr(asyncio.get_running_loop(), "epoch")


def loop_clock() -> Callable[[], float]:
    """Return a function that reads the running loop's clock in any thread."""
    return asyncio.get_running_loop().time


def thread_clock() -> Callable[[], float]:
    """Return a function that reads the seconds that its thread has computed; on a virtual loop, that loop's clock."""
    return loop_clock() if is_virtual() else time.thread_time


def wall() -> float:
    """Seconds since the Unix epoch, on the running loop's clock."""
    loop = asyncio.get_running_loop()
    return _wall(loop.time, getattr(loop, "epoch", _EPOCH))


def wall_clock() -> Callable[[], float]:
    """Return `wall` for the running loop, which is looked up once: for a caller that asks the time at each event."""
    loop = asyncio.get_running_loop()
    return partial(_wall, loop.time, getattr(loop, "epoch", _EPOCH))


def _wall(now: Callable[[], float], epoch: float) -> float:
    return now() + epoch
