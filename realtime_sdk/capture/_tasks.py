"""Several tasks behind one async iterator, without a task group: a cancel scope must not be open across a `yield`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


async def merge(*iterators: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """Yield the values of all iterators as they come, until all have ended; an exception in one ends the others.

    Each runs in its own task, and does not wait for the reader: an iterator that reads a device is never blocked.
    """
    queue: asyncio.Queue[T | asyncio.Task[None]] = asyncio.Queue()
    tasks = [asyncio.create_task(_pump(iterator, queue)) for iterator in iterators]
    for task in tasks:
        task.add_done_callback(queue.put_nowait)
    running = len(tasks)
    try:
        while running:
            value = await queue.get()
            if isinstance(value, asyncio.Task):
                value.result()
                running -= 1
            else:
                yield value
    finally:
        await cancel(tasks)


async def cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel these tasks, and wait until they have ended, with any result."""
    for task in tasks:
        task.cancel()
    with anyio.CancelScope(shield=True):
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(iterator: AsyncIterator[T], queue: asyncio.Queue[T | asyncio.Task[None]]) -> None:
    async for value in iterator:
        queue.put_nowait(value)
