"""Places calls on workers by their load, finds them, and moves them off a worker that is to stop."""

import asyncio
import math
from collections.abc import Callable
from typing import Any

from pool import FRESH, Pool, log


class Full(Exception):
    """No worker takes another call."""


class Dispatcher:
    """Asks the workers, and keeps nothing that they don't know: any number of dispatchers serve one cluster."""

    def __init__(self, list_workers: Callable[[], dict[str, Any]]) -> None:
        self._pool = Pool(list_workers)

    async def place(self, call_id: str) -> tuple[str, str]:
        """Have a call expected by the least busy worker; return its name, and the address for the line."""
        now = asyncio.get_running_loop().time()
        for since in (now - FRESH, now):  # by what is known, then by what is asked now
            await self._pool.refresh(since)
            while self._pool.loads:
                name = min(self._pool.loads, key=lambda name: (self._pool.loads[name], name))
                is_busy, calls = self._pool.loads[name]
                self._pool.loads[name] = is_busy, calls + 1
                if address := (await self._pool.ask("expect", call_id, of=[name])).get(name):
                    return name, address
                self._pool.loads.pop(name, None)
        raise Full(f"none of {len(self._pool.workers)} workers takes another call: add some, or let callers try again")

    async def find(self, call_id: str) -> str | None:
        """The address of a call's line; None: no worker has it."""
        await self._pool.refresh(asyncio.get_running_loop().time() - FRESH)
        return next((address for address in (await self._pool.ask("where", call_id)).values() if address), None)

    async def loads(self) -> tuple[int, dict[str, int]]:
        """How many workers there are, and the calls of those that take another."""
        await self._pool.refresh(math.inf)
        return len(self._pool.workers), {name: calls for name, (_, calls) in self._pool.loads.items()}

    async def drain(self, name: str, patience: float, limit: float) -> None:
        """Let a worker take no more calls, and move those that it has; then it may be stopped.

        patience: seconds in which a call may come to the end of a turn. limit: seconds for all of it; calls for which
        there is no room elsewhere may end by themselves until then.
        """
        await self._pool.refresh(math.inf)
        worker = self._pool.workers[name]
        calls = await worker.drain.remote()
        moves = [self._move(worker, call_id, patience) for call_id in calls]
        try:
            async with asyncio.timeout(limit):
                for call_id, end in zip(calls, await asyncio.gather(*moves, return_exceptions=True), strict=True):
                    if end is not None:
                        log.warning("call %s stays on %s until its caller hangs up: %s", call_id, name, end)
                await worker.emptied.remote()
        except TimeoutError:
            log.warning("%s has calls after %g s, which are cut", name, limit)

    async def _move(self, worker: Any, call_id: str, patience: float) -> None:
        target, _ = await self.place(call_id)  # before it is taken apart: there is room
        try:
            moving = await worker.hand_over.remote(call_id, patience)
            while moving is not None and not await self._pool.ask("expect", call_id, moving, of=[target]):
                target, _ = await self.place(call_id)
        finally:
            await worker.release.remote(call_id)
