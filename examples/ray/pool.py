"""The workers as a dispatcher knows them: which there are, and how busy they are."""

import asyncio
import logging
import math
from collections.abc import Callable, Collection
from typing import Any

FRESH = 1.0  # seconds for which a dispatcher counts by itself before it asks again
ANSWER = 3.0  # seconds within which a worker answers

log = logging.getLogger("calls")


class Pool:
    """The workers. list_workers: returns the actor handles of those that run, by name."""

    def __init__(self, list_workers: Callable[[], dict[str, Any]]) -> None:
        self._list_workers = list_workers
        self.workers: dict[str, Any] = {}
        self.loads: dict[str, tuple[bool, int]] = {}  # of those that take calls, with the calls placed here since
        self._asked = -math.inf  # loop time at which they were asked
        self._asking = asyncio.Lock()

    async def refresh(self, since: float) -> None:
        """Ask how busy the workers are, unless they were asked at `since` (loop time) or later."""
        async with self._asking:
            if self._asked < since:
                self._asked = asyncio.get_running_loop().time()
                self.workers = self._list_workers()
                self.loads = {name: load for name, load in (await self.ask("load")).items() if load is not None}

    async def ask(self, method: str, *arguments: Any, of: Collection[str] | None = None) -> dict[str, Any]:
        """Call a method of the workers, all or these; return the answers by name, and log which gave none."""
        workers = [(name, worker) for name, worker in self.workers.items() if of is None or name in of]
        refs = [getattr(worker, method).remote(*arguments) for _, worker in workers]
        answers = await asyncio.gather(*(asyncio.wait_for(ref, ANSWER) for ref in refs), return_exceptions=True)
        answered = {}
        for (name, _), answer in zip(workers, answers, strict=True):
            if isinstance(answer, Exception):
                log.warning("%s is lost, stopped, or hangs, and gets no calls: %r", name, answer)
            else:
                answered[name] = answer
        return answered
