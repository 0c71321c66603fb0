"""Telling the cancellation of a task from a `CancelledError` that merely passes through it."""

from __future__ import annotations

import asyncio


def is_cancelled() -> bool:
    """Whether the running task is being cancelled.

    Otherwise a `CancelledError` comes from something that the task awaited, and that was cancelled by others.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
