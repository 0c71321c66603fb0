"""The one module that reads time; a virtual loop makes all of it virtual.

Durations use the loop's clock. Wall-clock times, which people and files see, are the loop's clock plus an offset taken
once, so that they never jump while a session runs. A loop with a `wall()` of its own (the virtual clock of
`realtime_sdk.testing`) is asked for it.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol, cast

_EPOCH = time.time() - time.monotonic()
"""What to add to the monotonic clock, which asyncio's loops run on, to get seconds since the Unix epoch."""


class _WallLoop(Protocol):
    def wall(self) -> float: ...


def now() -> float:
    """Seconds on the running loop's monotonic clock."""
    return asyncio.get_running_loop().time()


def wall() -> float:
    """Seconds since the Unix epoch, on the running loop's clock."""
    loop = asyncio.get_running_loop()
    if hasattr(loop, "wall"):
        return cast(_WallLoop, loop).wall()
    return loop.time() + _EPOCH
