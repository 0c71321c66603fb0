"""Distinguishes the cancellation of a task from a `CancelledError` that merely passes through it."""

from __future__ import annotations

import asyncio


def is_cancelled() -> bool:
    """Whether the running task is being cancelled.

    Otherwise a `CancelledError` comes from another task, which this one awaited.
    """
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop runs: a coroutine that none will run again is being closed
        return False
    return task is not None and task.cancelling() > 0


def originating_cancellation(error: BaseException) -> asyncio.CancelledError:
    """Return the cancellation during whose handling `error` was raised.

    It must propagate as it is: anyio recognises its own by their arguments.
    """
    raised: BaseException | None = error
    while raised is not None and not isinstance(raised, asyncio.CancelledError):
        raised = raised.__context__
    return raised or asyncio.CancelledError()
