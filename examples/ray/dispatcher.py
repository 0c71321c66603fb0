"""Places calls on workers by their load, and moves them off a worker that is to stop."""

import asyncio
from typing import Any

from worker import Moving


class Dispatcher:
    """Knows which worker runs which call; `workers` are actor handles of Ray by name."""

    def __init__(self, workers: dict[str, Any]) -> None:
        self._workers = workers  # those that take calls
        self._draining: dict[str, Any] = {}
        self.placed: dict[str, str] = {}
        """The worker of each call."""
        self._placing = asyncio.Lock()  # so that two calls see each other's

    async def begin(self, call_id: str, moving: Moving | None = None) -> None:
        """Begin a call on the least busy worker."""
        async with self._placing:
            names = list(self._workers)
            loads = await asyncio.gather(*(self._workers[name].load.remote() for name in names))
            _, name = min(zip(loads, names, strict=True))
            await self._workers[name].begin.remote(call_id, moving)
            self.placed[call_id] = name

    async def move(self, call_id: str, patience: float) -> None:
        """Move a call to the least busy worker that takes calls."""
        moving = await self.worker(call_id).hand_over.remote(call_id, patience)
        await self.begin(call_id, moving)

    async def drain(self, name: str, patience: float) -> Any:
        """Let a worker take no more calls, and move all that it has; returns it, to be stopped."""
        self._draining[name] = self._workers.pop(name)
        calls = [call_id for call_id, placed in self.placed.items() if placed == name]
        await asyncio.gather(*(self.move(call_id, patience) for call_id in calls))
        return self._draining.pop(name)

    def worker(self, call_id: str) -> Any:
        """The worker that runs a call."""
        name = self.placed[call_id]
        return self._workers[name] if name in self._workers else self._draining[name]
