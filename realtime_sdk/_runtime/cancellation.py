"""Telling the cancellation of a task from a `CancelledError` that merely passes through it."""

from __future__ import annotations

import asyncio


def is_cancelled() -> bool:
    """Whether the running task is being cancelled.

    Otherwise a `CancelledError` comes from something that the task awaited, and that was cancelled by others.
    """
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs: a coroutine that none will run again is being closed
        return False
    return task is not None and task.cancelling() > 0


def cancellation_behind(error: BaseException) -> asyncio.CancelledError:
    """Return the cancellation while whose handling `error` was raised.

    It has to go on as it came: anyio knows its own by what they hold.
    """
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, asyncio.CancelledError):
        behind = behind.__context__
    return behind or asyncio.CancelledError()
