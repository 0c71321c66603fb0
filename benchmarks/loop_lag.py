"""How long an event loop is held: the CPU time of its turns, and by how much its timers are late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PROBE_SECONDS = 0.01


class MeasuredLoop(asyncio.SelectorEventLoop):
    """An event loop that measures the CPU time of each of its turns, in which it waits as well."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[float] = []

    def _run_once(self) -> None:
        began = time.thread_time()
        super()._run_once()  # type: ignore[misc]  # unknown to its stubs
        self.turns.append(time.thread_time() - began)


@dataclass
class Lag:
    """Seconds by which each timer of 10 ms was late, and CPU seconds of each turn of the loop."""

    late: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)


@contextmanager
def measured_lag() -> Iterator[Lag]:
    """Measure the running loop until the block is left; the lag is complete then. A `MeasuredLoop` has its turns."""
    loop, lag = asyncio.get_running_loop(), Lag()
    turns = loop.turns if isinstance(loop, MeasuredLoop) else []
    begin = len(turns)
    probing = asyncio.ensure_future(_probe(lag.late))
    try:
        yield lag
    finally:
        probing.cancel()
        lag.turns += turns[begin:]


async def _probe(late: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + PROBE_SECONDS
        await asyncio.sleep(PROBE_SECONDS)
        late.append(loop.time() - due)
