"""Places calls on workers by their load, finds them, and moves them off a worker that is to stop."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

ANSWER = 3.0  # seconds within which a worker answers

log = logging.getLogger("calls")


class Full(Exception):
    """No worker takes another call."""


class Dispatcher:
    """Asks the workers, and keeps nothing that they don't know: any number of dispatchers serve one cluster.

    workers: returns the actor handles of those that run, by name.
    """

    def __init__(self, workers: Callable[[], dict[str, Any]]) -> None:
        self._workers = workers
        self._placing = asyncio.Lock()  # so that two calls that come at once see each other

    async def place(self, call_id: str) -> tuple[str, str]:
        """Have a call expected by the least busy worker; return its name, and the address for the line."""
        async with self._placing:
            loads = await self.ask("load")
            takers = [name for name, load in loads.items() if load is not None]
            for name in sorted(takers, key=lambda name: (loads[name], name)):
                if address := (await self.ask("expect", call_id, of=[name])).get(name):
                    return name, address
        raise Full(f"none of {len(loads)} workers takes another call: add workers, or let the caller try again")

    async def find(self, call_id: str) -> str | None:
        """The address of a call's line; None: no worker has it."""
        return next((address for address in (await self.ask("where", call_id)).values() if address), None)

    async def drain(self, name: str, patience: float, limit: float) -> None:
        """Let a worker take no more calls, and move those that it has; then it may be stopped.

        patience: seconds in which a call may come to the end of a turn. limit: seconds for all of it; calls for which
        there is no room elsewhere may end by themselves until then.
        """
        worker = self._workers()[name]
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
            while moving is not None and not await self.ask("expect", call_id, moving, of=[target]):
                target, _ = await self.place(call_id)
        finally:
            await worker.release.remote(call_id)

    async def ask(self, method: str, *arguments: Any, of: Iterable[str] | None = None) -> dict[str, Any]:
        """Ask workers, or these; those that are gone are named in the log, and not in the answer."""
        workers = self._workers()
        names = [name for name in (workers if of is None else of) if name in workers]
        answers = await asyncio.gather(
            *(asyncio.wait_for(getattr(workers[name], method).remote(*arguments), ANSWER) for name in names),
            return_exceptions=True,
        )
        for name, answer in zip(names, answers, strict=True):
            if isinstance(answer, Exception):
                log.warning("%s is lost, stopped, or hangs, and gets no calls: %r", name, answer)
        return {name: answer for name, answer in zip(names, answers, strict=True) if not isinstance(answer, Exception)}
