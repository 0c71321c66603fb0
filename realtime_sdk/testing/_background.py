"""Tasks that run while a server is entered, whichever tasks of the event loop enter and leave it."""

from __future__ import annotations

import asyncio
from typing import Self

import anyio
from anyio.abc import TaskGroup

from .._runtime.event_loop import require_asyncio


class Background:
    """A task group in a task of its own: the fixtures of pytest-asyncio are entered and left in two.

    An error of one of its tasks ends the others and cancels the task that entered, as a task group's would, if that
    task still runs; `close` raises it. Made by `open`.
    """

    def __init__(self, user: asyncio.Task[object]) -> None:
        self.tasks: TaskGroup = anyio.create_task_group()
        self._user = user  # the task that entered
        self._cancelling = user.cancelling()  # how often it was cancelled before
        self._has_cancelled_user = False
        self._is_open = asyncio.Event()
        self._owner = asyncio.create_task(self._run(), name="a server's connections")

    @classmethod
    async def open(cls, what: str) -> Self:
        """Make one, in which tasks can be started; `what` needs it, for messages."""
        background = cls(require_asyncio(what))
        try:
            await background._is_open.wait()
        except asyncio.CancelledError:
            background._owner.cancel()
            raise
        background._owner.add_done_callback(background._ended)
        return background

    async def close(self) -> None:
        """Cancel its tasks, and wait until they have ended; raise what one of them has raised."""
        self._owner.remove_done_callback(self._ended)
        self.tasks.cancel_scope.cancel()
        await asyncio.wait([self._owner])
        if (failure := self.failure) is None:
            return
        is_cancelled = self._has_cancelled_user and asyncio.current_task() is self._user  # by us
        if is_cancelled and self._user.uncancel() > self._cancelling:
            return  # by another as well: that propagates
        raise failure from None

    @property
    def failure(self) -> BaseException | None:
        """What one of its tasks has raised, in groups; None: nothing yet."""
        return self._owner.exception() if self._owner.done() and not self._owner.cancelled() else None

    async def _run(self) -> None:
        async with self.tasks:
            self._is_open.set()
            await anyio.sleep_forever()

    def _ended(self, _owner: asyncio.Task[None]) -> None:
        self._has_cancelled_user = self.failure is not None and self._user.cancel()
