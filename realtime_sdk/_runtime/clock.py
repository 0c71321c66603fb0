"""The one module that reads time; a virtual loop makes all of it virtual.

Durations use the loop's clock. Wall-clock times, which people and files see, are the loop's clock plus an offset taken
once, so that they never jump while a session runs. A loop with an `epoch` of its own (the virtual clock of
`realtime_sdk.testing`) is asked for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_EPOCH = time.time() - time.monotonic()
"""What to add to the monotonic clock, which asyncio's loops run on, to get seconds since the Unix epoch."""


def now() -> float:
    """Seconds on the running loop's monotonic clock."""
    return asyncio.get_running_loop().time()


def ticking() -> Callable[[], float]:
    """What tells `now` of the running loop in any thread."""
    return asyncio.get_running_loop().time


def wall() -> float:
    """Seconds since the Unix epoch, on the running loop's clock."""
    loop = asyncio.get_running_loop()
    epoch: float = getattr(loop, "epoch", _EPOCH)
    return loop.time() + epoch
