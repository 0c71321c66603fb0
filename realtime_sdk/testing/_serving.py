"""What the fake servers share: tasks that run while a server is entered."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup


class Serving:
    """Serves connections within `async with`, each in a task."""

    def __init__(self) -> None:
        self._tasks: TaskGroup | None = None  # None outside `async with`

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._tasks is not None  # set by __aenter__
        tasks, self._tasks = self._tasks, None
        tasks.cancel_scope.cancel()
        # A task group would wrap the block's exception; only a cancellation is its business.
        if isinstance(error, anyio.get_cancelled_exc_class()):
            return await tasks.__aexit__(kind, error, trace)
        await tasks.__aexit__(None, None, None)
        return False
